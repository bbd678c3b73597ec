"""The same with FastAPI, as its documentation teaches it: a key, a right, typed parameters, a model, a log line."""

import json
import logging
import os
import time
import uuid
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel


class Report(BaseModel):
    latitude: float
    longitude: float
    temperature: float
    summary: str


class Key(BaseModel):
    id: str
    rights: set[str]


KEYS = {
    sha256(os.environ["BENCH_KEY"].encode()).hexdigest(): Key(id="bench", rights={"weather.at", "weather.at_thread"})
}

log = logging.getLogger("access")
log.addHandler(logging.StreamHandler())
log.setLevel(logging.INFO)

app = FastAPI()
api_key = APIKeyHeader(name="X-API-Key", auto_error=False)


async def caller(request: Request, key: Annotated[str | None, Security(api_key)]) -> Key:
    if key is None:
        raise HTTPException(401, "This call needs a key")
    found = KEYS.get(sha256(key.encode()).hexdigest())
    if found is None:
        raise HTTPException(401, "This key is not known here")
    request.state.caller = found.id
    return found


def needs(right: str):
    async def check(key: Annotated[Key, Depends(caller)]) -> Key:
        if right not in key.rights:
            raise HTTPException(403, f"The right {right} is missing")
        return key

    return check


@app.middleware("http")
async def access_log(request: Request, call_next) -> Response:
    began = time.perf_counter()
    request_id = uuid.uuid4().hex[:12]
    response = await call_next(request)
    response.headers["X-Request-ID"] = request_id
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    log.info(json.dumps({
        "time": time.time(), "request_id": request_id, "method": request.method, "path": request.url.path,
        "status": response.status_code, "ms": round((time.perf_counter() - began) * 1000, 3),
        "caller": getattr(request.state, "caller", ""),
    }))  # fmt: skip
    return response


Latitude = Annotated[float, Query(ge=-90, le=90)]
Longitude = Annotated[float, Query(ge=-180, le=180)]


@app.get("/weather/v1/at", dependencies=[Depends(needs("weather.at"))])
async def at(latitude: Latitude, longitude: Longitude) -> Report:
    return Report(latitude=latitude, longitude=longitude, temperature=21.5, summary="sunny")


@app.get("/weather/v1/at_thread", dependencies=[Depends(needs("weather.at_thread"))])
def at_thread(latitude: Latitude, longitude: Longitude) -> Report:
    return Report(latitude=latitude, longitude=longitude, temperature=21.5, summary="sunny")
