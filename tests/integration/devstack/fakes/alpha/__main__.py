# Run with the folder above on PYTHONPATH, which mypy does not know.
from fake_service import main  # type: ignore[import-not-found]

main("alpha")
