import pytest

from parvis.client.values.declared_errors import BUILTINS, DeclaredErrors, exception_of
from parvis.contract.model import Contract, DeclaredError


def raised(make, name, base, args, native=None, said=None):
    operation = make.operation("price", errors=(DeclaredError(name, base, 400, "Why."),))
    errors = DeclaredErrors(Contract("shop", (operation,)), native)
    problem = {"exception": said or {"name": name, "base": base, "args": args}, "request_id": "req_1"}
    return exception_of(problem, operation, errors)


@pytest.mark.parametrize("name", sorted(BUILTINS))
@pytest.mark.parametrize(
    "args", [[], ["tea"], [2, "no such file"], [{"a": [1]}, None]], ids=["none", "one", "two", "json"]
)
def test_a_builtin_is_itself_with_the_arguments_of_the_original(make, name, args):
    error = raised(make, name, name, args)
    assert (tuple(args), True) == (error.args, isinstance(error, BUILTINS[name]))


def test_a_class_of_the_service_is_made_below_its_builtin_base(make):
    error = raised(make, "OutOfStock", "LookupError", ["tea"])
    cls = type(error)
    assert ("OutOfStock", "shop", LookupError, "Why.") == (cls.__name__, cls.__module__, cls.__base__, cls.__doc__)
    assert ["(raised by the service in price, request req_1)"] == error.__notes__


def test_a_class_that_is_called_like_a_builtin_but_is_none_is_made(make):
    error = raised(make, "TimeoutError", "ValueError", ["late"])
    assert (ValueError, False) == (type(error).__base__, isinstance(error, TimeoutError))


def test_an_unknown_base_is_exception(make):
    assert Exception is type(raised(make, "Strange", "BaseExceptionGroup", [])).__base__


class Shelf(LookupError):
    def __init__(self, number: int) -> None:
        super().__init__(f"shelf {number} is empty")
        self.number = number


class Counted(LookupError):
    def __init__(self, item: str, wanted: int) -> None:
        super().__init__(item, wanted)
        self.wanted = wanted


def test_a_native_class_is_made_as_copy_makes_it(make):
    error = raised(make, "Counted", "LookupError", ["tea", 3], {"Counted": Counted})
    assert (Counted, ("tea", 3), 3) == (type(error), error.args, error.wanted)


def test_a_native_class_whose_init_takes_something_else_keeps_its_arguments(make):
    error = raised(make, "Shelf", "LookupError", ["shelf 3 is empty"], {"Shelf": Shelf})
    assert (Shelf, ("shelf 3 is empty",), "shelf 3 is empty") == (type(error), error.args, str(error))


def test_a_native_class_that_is_no_exception_is_refused(make):
    with pytest.raises(ValueError, match="no exception class"):
        raised(make, "Shelf", "LookupError", [], {"Shelf": int})


@pytest.mark.parametrize(
    "said",
    [None, "KeyError", {}, {"name": "Other"}, {"name": ["KeyError"]}, {"name": {}}, {"name": "os.error"}],
    ids=repr,
)
def test_what_is_not_declared_is_no_exception(make, said):
    assert None is raised(make, "KeyError", "KeyError", [], said=said or {"name": None})


def test_arguments_of_a_wrong_shape_are_none(make):
    assert () == raised(make, "KeyError", "KeyError", None, said={"name": "KeyError", "args": "tea"}).args


def test_errors_are_attributes_and_say_what_they_are(make):
    operation = make.operation(
        "p", errors=(DeclaredError("A", "LookupError", 404), DeclaredError("KeyError", "KeyError", 404))
    )
    errors = DeclaredErrors(Contract("shop", (operation,)))
    assert ("<errors: A, KeyError>", KeyError, [errors.A, KeyError]) == (repr(errors), errors.KeyError, list(errors))
