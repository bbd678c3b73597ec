"""A caller that has only what openapi-python-client made: ``market_client`` and ``parvis_client``."""

import datetime
import os

from market_client import AuthenticatedClient
from market_client.api.market import average, find, offer, price, stamp
from market_client.api.orders import (
    orders_create,
    orders_delete,
    orders_get,
    orders_gift,
    orders_list,
    orders_replace,
    orders_search,
    orders_update,
)
from market_client.models import (
    AverageJsonBody,
    FindJsonBody,
    Goods,
    GoodsInput,
    OfferJsonBody,
    Order,
    OrderPage,
    OrdersCreateJsonBody,
    OrdersGiftJsonBody,
    OrdersReplaceJsonBody,
    OrdersSearchJsonBody,
    OrdersUpdateJsonBody,
    OriginInput,
    PriceJsonBody,
    PriceJsonBodyItem,
    Problem,
    Quality,
    StampJsonBody,
)
from parvis_client import AuthenticatedClient as ConsoleClient
from parvis_client.api.accounts import accounts_get
from parvis_client.api.keys import keys_create, keys_list, keys_revoke
from parvis_client.models import Account, Key, KeysCreateJsonBody, NewKey
from told import call, equal

SERVER = os.environ["SERVER"]
market = AuthenticatedClient(base_url=SERVER + "/market/v1", token=os.environ["KEY"])
stranger = AuthenticatedClient(base_url=SERVER + "/market/v1", token="pv_live_wrong")
scheme, _, login = os.environ["BASIC"].partition(" ")
console = ConsoleClient(base_url=SERVER + "/parvis/v1", token=login, prefix=scheme)

number = 0

with call("orders_create"):
    order = orders_create.sync(client=market, body=OrdersCreateJsonBody(item="pears", count=2))
    assert isinstance(order, Order), order
    number = order.id
    equal(("pears", 2, None), (order.item, order.count, order.note))
    equal(datetime.timedelta(0), order.ordered.utcoffset())

with call("orders_get"):
    found = orders_get.sync(number, client=market)
    assert isinstance(found, Order), found
    equal("pears", found.item)

with call("orders_list"):
    listed = orders_list.sync(client=market, item="pears", count=[2, 3], limit=5)
    assert isinstance(listed, list), listed
    equal({"pears"}, {each.item for each in listed})

with call("orders_update"):
    changed = orders_update.sync(number, client=market, body=OrdersUpdateJsonBody(note="ripe"))
    assert isinstance(changed, Order), changed
    equal((2, "ripe"), (changed.count, changed.note))

with call("orders_replace"):
    other = orders_replace.sync(number, client=market, body=OrdersReplaceJsonBody(item="figs"))
    assert isinstance(other, Order), other
    equal(("figs", 1), (other.item, other.count))

with call("orders_gift"):
    equal("With love (figs)", orders_gift.sync(number, client=market, body=OrdersGiftJsonBody()))

with call("orders_search"):
    page = orders_search.sync(client=market, body=OrdersSearchJsonBody(limit=1))
    assert isinstance(page, OrderPage), page
    assert isinstance(page.next_, str), page
    equal(1, len(page.items))
    after = orders_search.sync(client=market, body=OrdersSearchJsonBody(limit=1, cursor=page.next_))
    assert isinstance(after, OrderPage), after
    assert after.items[0].id > page.items[0].id

with call("orders_delete"):
    equal(204, orders_delete.sync_detailed(number, client=market).status_code)

with call("orders_get, gone"):
    gone = orders_get.sync(number, client=market)
    assert isinstance(gone, Problem), gone
    equal((404, "declared-error"), (gone.status, gone.code))

with call("price"):
    equal("7.75", price.sync(client=market, body=PriceJsonBody(item=PriceJsonBodyItem.PLUMS, kilos=2.5)))

with call("price, refused"):
    refused = price.sync(client=market, body=PriceJsonBody(item=PriceJsonBodyItem.PLUMS, kilos=-1))
    assert isinstance(refused, Problem), refused
    equal(422, refused.status)

with call("price, without a key"):
    unknown = price.sync(client=stranger, body=PriceJsonBody(item=PriceJsonBodyItem.PLUMS))
    assert isinstance(unknown, Problem), unknown
    equal((401, "key-malformed"), (unknown.status, unknown.code))

with call("find"):
    goods = find.sync(client=market, body=FindJsonBody(quality=Quality.FRESH, before=datetime.date(2026, 12, 1)))
    assert isinstance(goods, list), goods
    equal([("apples", "2.40", Quality.FRESH)], [(each.name, each.price, each.quality) for each in goods])

with call("offer"):
    origin = OriginInput(country="FR", harvested=datetime.date(2026, 9, 1))
    given = GoodsInput(name="quinces", price="1.80", quality=Quality.DRIED, origins=[origin])
    body = OfferJsonBody(goods=given, until=datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC))
    offered = offer.sync(client=market, body=body)
    assert isinstance(offered, Goods), offered
    equal((Quality.DRIED, "1.80"), (offered.quality, offered.price))
    equal(datetime.date(2026, 9, 1), offered.origins[0].harvested)

with call("average"):
    equal("1.30", average.sync(client=market, body=AverageJsonBody(prices=["1.20", 1.4])))

with call("average, of none"):
    equal(None, average.sync(client=market, body=AverageJsonBody(prices=[])))

with call("stamp"):
    stamped = stamp.sync_detailed(client=market, body=StampJsonBody(data="aGVsbG8="))
    equal(200, stamped.status_code)

with call("accounts_get"):
    account = accounts_get.sync(client=console)
    assert isinstance(account, Account), account
    equal("Ada", account.name)

with call("keys_create, keys_list, keys_revoke"):
    made = keys_create.sync(client=console, body=KeysCreateJsonBody(label="short"))
    assert isinstance(made, NewKey), made
    keys = keys_list.sync(client=console)
    assert isinstance(keys, list), keys
    assert made.id in [each.id for each in keys]
    revoked = keys_revoke.sync(made.id, client=console)
    assert isinstance(revoked, Key), revoked
    assert isinstance(revoked.revoked_at, datetime.datetime), revoked
