"""What stands between this program and the API, looked at step by step: `aurous.diagnose()`, `aurous doctor`."""
