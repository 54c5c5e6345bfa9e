"""For all tests: what is shared by them explains its failures as the tests themselves do."""

import pytest

pytest.register_assert_rewrite("tests.product", "tests.e2e.browser")
