"""The version of code and inputs: the same for the same, another for anything else."""

from assets.code_version import code_version


def test_it_depends_on_inputs_and_their_order() -> None:
    assert code_version("a", "b") == code_version("a", "b") != code_version("b", "a")
    assert code_version("ab") != code_version("a", "b")


def test_it_depends_on_the_source_of_the_modules() -> None:
    assert code_version(modules=["assets.release"]) != code_version(modules=["assets.export"])
    assert code_version(modules=["assets.statistics"]) != code_version()
