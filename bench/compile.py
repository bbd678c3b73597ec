"""What it costs to compile a façade: CPU seconds and bytes for 1,000 operations.

``python bench/compile.py [OPERATIONS]`` prints one JSON line for each of three façades: plain parameters; classes in
every signature, twenty of them in all; a docstring with sections on every method. Importing is not counted: it is paid
once, whatever is compiled.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc
import types
from typing import Any

from parvis.facade.compile import compile_facade
from parvis.facade.target import load

PLAIN = '''
    def price_{n}(self, item: str, count: int = 1, *, currency: str = "EUR", exact: bool = False) -> float:
        """The price of an item."""
        return 1.0
'''
CLASSES = '''
    def order_{n}(self, order: Order{c}, at: datetime.datetime | None = None) -> list[Order{c}]:
        """Orders like this one."""
        return [order]
'''
TOLD = '''
    def find_{n}(self, text: str, limit: int = 10) -> list[str]:
        """Find names.

        Args:
            text: What they begin with.
            limit: The most to give.

        Returns:
            The names.

        Raises:
            ValueError: The text is empty.

        Examples:
            >>> shop.find_{n}("tea", limit=3)
            ['tea']
        """
        return [text]
'''
ORDER = """
@dataclasses.dataclass
class Line{c}:
    name: str
    price: decimal.Decimal
    tags: list[str] = dataclasses.field(default_factory=list)

@dataclasses.dataclass
class Order{c}:
    id: uuid.UUID
    lines: list[Line{c}]
    note: str | None = None
"""
CLASS_COUNT = 20


def source(method: str, operations: int) -> str:
    classes = "".join(ORDER.format(c=c) for c in range(CLASS_COUNT))
    methods = "".join(method.format(n=n, c=n % CLASS_COUNT) for n in range(operations))
    return f"import dataclasses, datetime, decimal, uuid\n{classes}\nclass Shop:{methods}"


def build(method: str, operations: int) -> Any:
    """A module's worth of code, as a publisher would have written it."""
    module = sys.modules["shop"] = types.ModuleType("shop")
    exec(compile(source(method, operations), "shop.py", "exec", dont_inherit=True), vars(module))
    return vars(module)["Shop"]


def measure(name: str, method: str, operations: int) -> dict[str, object]:
    shop = build(method, operations)
    gc.collect()
    began = time.process_time()
    facade = compile_facade(load(shop))
    seconds = time.process_time() - began
    del facade
    shop = build(method, operations)
    gc.collect()
    tracemalloc.start()
    facade = compile_facade(load(shop))
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    contract = len(facade.contract.to_json())
    return {
        "facade": name,
        "operations": len(facade.operations),
        "cpu_seconds": round(seconds, 3),
        "bytes_per_operation": kept // operations,
        "contract_bytes_per_operation": contract // operations,
    }


def main() -> None:
    operations = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    compile_facade(load(build(TOLD, 1)))  # what is loaded on first use is loaded now
    for name, method in (("plain", PLAIN), ("classes", CLASSES), ("told", TOLD)):
        print(json.dumps(measure(name, method, operations)), flush=True)


if __name__ == "__main__":
    main()
