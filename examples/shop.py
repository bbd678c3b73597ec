from typing import Literal


class Shop:
    def price(self, item: Literal["tea", "jam"], count: int = 1) -> float:
        """The price of so many pieces, in euros."""
        return {"tea": 3.5, "jam": 4.2}[item] * count
