"""A caller that has only what OpenAPI Generator made in Python: the package ``market_client``."""

import datetime
import os
from typing import Any

from market_client import ApiClient, ApiException, Configuration, MarketApi, OrdersApi
from market_client.models.average_request import AverageRequest
from market_client.models.average_request_prices_inner import AverageRequestPricesInner
from market_client.models.find_request import FindRequest
from market_client.models.goods_input import GoodsInput
from market_client.models.offer_request import OfferRequest
from market_client.models.orders_create_request import OrdersCreateRequest
from market_client.models.orders_gift_request import OrdersGiftRequest
from market_client.models.orders_replace_request import OrdersReplaceRequest
from market_client.models.orders_search_request import OrdersSearchRequest
from market_client.models.orders_update_request import OrdersUpdateRequest
from market_client.models.origin_input import OriginInput
from market_client.models.price import Price
from market_client.models.price_request import PriceRequest
from market_client.models.problem import Problem
from market_client.models.quality import Quality
from market_client.models.stamp_request import StampRequest
from told import call, equal

HOST = os.environ["SERVER"] + "/market/v1"
signed = ApiClient(Configuration(host=HOST, access_token=os.environ["KEY"]))
orders, market = OrdersApi(signed), MarketApi(signed)
stranger = MarketApi(ApiClient(Configuration(host=HOST, access_token="pv_live_wrong")))


def refused(status: int, code: str, method: Any, *arguments: Any) -> None:
    try:
        method(*arguments)
    except ApiException as error:
        equal(status, error.status)
        assert isinstance(error.data, Problem), error.data
        equal(code, error.data.code)
    else:
        raise AssertionError("it was not refused")


number = 0

with call("orders_create"):
    order = orders.orders_create(OrdersCreateRequest(item="pears", count=2))
    number = order.id
    equal(("pears", 2, None), (order.item, order.count, order.note))
    equal(datetime.timedelta(0), order.ordered.utcoffset())

with call("orders_get"):
    equal("pears", orders.orders_get(number).item)

with call("orders_list"):
    listed = orders.orders_list(item="pears", count=[2, 3], limit=5)
    equal({"pears"}, {each.item for each in listed})

with call("orders_update"):
    changed = orders.orders_update(number, orders_update_request=OrdersUpdateRequest(note="ripe"))
    equal((2, "ripe"), (changed.count, changed.note))

with call("orders_replace"):
    other = orders.orders_replace(number, OrdersReplaceRequest(item="figs"))
    equal(("figs", 1), (other.item, other.count))

with call("orders_gift"):
    card = orders.orders_gift(number, orders_gift_request=OrdersGiftRequest(words="For you"))
    equal("For you (figs)", card)

with call("orders_search"):
    page = orders.orders_search(orders_search_request=OrdersSearchRequest(limit=1))
    after = orders.orders_search(orders_search_request=OrdersSearchRequest(limit=1, cursor=page.next))
    assert after.items[0].id > page.items[0].id

with call("orders_delete"):
    equal(204, orders.orders_delete_with_http_info(number).status_code)

with call("orders_get, gone"):
    refused(404, "declared-error", orders.orders_get, number)

with call("price"):
    equal("7.75", market.price(PriceRequest(item="plums", kilos=2.5)))

with call("price, refused"):
    refused(422, "declared-error", market.price, PriceRequest(item="plums", kilos=-1))

with call("price, without a key"):
    refused(401, "key-malformed", stranger.price, PriceRequest(item="plums"))

with call("find"):
    goods = market.find(find_request=FindRequest(quality=Quality.FRESH, before=datetime.date(2026, 12, 1)))
    equal([("apples", "2.40", Quality.FRESH)], [(each.name, each.price, each.quality) for each in goods])

with call("offer"):
    origin = OriginInput(country="FR", harvested=datetime.date(2026, 9, 1))
    given = GoodsInput(name="quinces", price=Price("1.80"), quality=Quality.DRIED, origins=[origin])
    offered = market.offer(OfferRequest(goods=given, until=datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)))
    equal((Quality.DRIED, "1.80"), (offered.quality, offered.price))
    equal(datetime.date(2026, 9, 1), offered.origins[0].harvested)

with call("average"):
    equal("1.30", market.average(AverageRequest(prices=[AverageRequestPricesInner("1.20")] * 2 + [
        AverageRequestPricesInner("1.50")])))  # fmt: skip

with call("average, of none"):
    equal(None, market.average(AverageRequest(prices=[])))

with call("stamp"):
    equal(200, market.stamp_with_http_info(StampRequest(data="aGVsbG8=")).status_code)
