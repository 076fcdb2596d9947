import importlib
import inspect
import pkgutil

import pytest

from journey_analytics import sources

MODULES = [
    importlib.import_module(f"{sources.__name__}.{module.name}") for module in pkgutil.iter_modules(sources.__path__)
]
SOURCES = {module.SOURCE.name: module for module in MODULES if hasattr(module, "SOURCE")}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_that_knows_the_page_reads_the_campaign_from_it(name: str) -> None:
    text = inspect.getsource(SOURCES[name])
    assert "page_url" not in text or "read_landing(" in text
