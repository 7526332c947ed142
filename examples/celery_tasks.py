"""Tasks for a Celery worker: `celery -A celery_tasks worker`, with `CELERY_BROKER_URL` and `AUROUS_API_KEY` set."""

from typing import Any

from celery import Celery, Task

from aurous import Aurous, AurousError

app = Celery("answers")
app.conf.update(task_acks_late=True, task_reject_on_worker_lost=True)  # asks for another delivery where a worker dies

client = Aurous()  # may be made before the worker forks: each process has connections of its own


@app.task(bind=True, max_retries=5)
def answer(self: Task, question: str) -> dict[str, Any]:
    """Answer, as plain data. The key is the id of the task, so that no delivery and no retry is billed again."""
    try:
        completion = client.chat.completions.create(
            model="aurous-grow-2.0-pro", messages=question, idempotency_key=self.request.id
        )
    except AurousError as error:
        if not error.retryable:
            raise
        raise self.retry(exc=error, countdown=30 if error.retry_after is None else error.retry_after) from error
    return completion.to_dict()
