"""Questions that a pool of processes asks, with one client for each process."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from aurous import Aurous, ChatCompletion

client = Aurous()


def answer(question: str) -> ChatCompletion:
    """Ask. Completions and errors travel back to the process that wanted them."""
    return client.chat.completions.create(model="aurous-grow-2.0-pro", messages=question)


def main(method: str | None = None) -> None:
    """Ask in processes that are made by `fork`, `spawn` or `forkserver`; None is the custom of the system."""
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context(method)) as pool:
        for completion in pool.map(answer, ["Capital of Japan?", "Capital of Peru?"]):
            print(completion.text, completion.receipt.credits)


if __name__ == "__main__":
    main()
