"""``parvis call``: results on standard output, failures in full on standard error."""

import json

import pytest


def test_call_gives_json(wire, run):
    result = run("call", wire.url, "price", "item=tea", "vat=0.1")
    assert (0, '"11.00"\n', "") == (result.exit_code, result.stdout, result.stderr)
    assert b'{"item":"tea","vat":0.1}' == wire.seen[-1][3]


def test_call_gives_a_line_for_each_item_of_a_stream(wire, run):
    result = run("call", wire.url, "ticks", "count=2")
    assert [0, 1] == [json.loads(line)["count"] for line in result.stdout.split("\n") if line]


def test_call_without_an_operation_lists_what_there_is(wire, run):
    lines = run("call", wire.url).stdout.splitlines()
    assert ("price(item: str, vat: float = 0.2) -> Decimal", 9) == (lines[0], len(lines))


def test_arguments_may_come_from_files(wire, run, tmp_path):
    (tmp_path / "items.json").write_text('[{"name": "tea", "count": 2}]')
    result = run("call", wire.url, "orders.create", f"items:=@{tmp_path / 'items.json'}", "note=@-", stdin="quick")
    assert ("20.00", "quick") == (json.loads(result.stdout)["total"], json.loads(result.stdout)["note"])


def test_a_declared_error_is_told_with_its_name(wire, run):
    result = run("call", wire.url, "price", "item=pan")
    assert (1, "") == (result.exit_code, result.stdout)
    assert (
        "Error: OutOfStock: price: The service answers with an error that it declares (404 declared-error)"
        in result.stderr
    )
    assert "('pan', 3)" in result.stderr


def test_a_refusal_is_told_with_what_to_do(wire, run):
    wire.key = "another"
    result = run("call", wire.url, "price", "item=tea")
    told = "Error: This key is not known here (401 key-unknown)\nWhat to do: Make a new key.\nRequest: req_9\n"
    assert (1, told) == (result.exit_code, result.stderr)


@pytest.mark.parametrize(
    ("words", "reason"),
    [(("price", "item"), "write name=text"), (("price", "vat=much"), "vat should be a number"),
     (("price", "itm=tea"), "itm is not a parameter of this operation\nprice(item: str, vat: float = 0.2) -> Decimal"),
     (("prize",), "prize is no operation of shop. Did you mean price?"),
     (("get",), "get is no operation of shop. Did you mean orders.get?"),
     (("zzz",), "zzz is no operation of shop. Without an operation, all are listed."),
     (("price", "item=@/nowhere"), "/nowhere cannot be read: No such file or directory"),
     (("price", "item=@-", "vat=@-"), "standard input can be the value of one argument only"),
     (("price", "--json", "[]"), "one JSON object"), (("--curl",), "Which operation?"),
     (("price", "--curl", "--python"), "Say one of"), (("price", "--language", "f r"), "names no language")],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_command_written_wrongly_leaves_with_2(wire, run, words, reason):
    result = run("call", wire.url, *words)
    assert (2, True) == (result.exit_code, reason in result.stderr)


def test_an_address_that_is_none_is_told(run):
    for words in (("call", "nowhere"), ("register", "nowhere"), ("keys", "list", "nowhere")):
        result = run(*words)
        assert (True, True) == (result.exit_code in (1, 2), "write it as http://host:8000/shop" in result.stderr)


def test_a_server_that_is_not_there_is_told(run):
    result = run("call", "http://127.0.0.1:9/shop", "price")
    assert (1, True) == (result.exit_code, result.stderr.startswith("Error: Cannot connect to http://127.0.0.1:9"))


def test_all_arguments_may_come_as_one_json_object(wire, run, tmp_path):
    (tmp_path / "all.json").write_text('{"item": "tea", "vat": 0.10}')
    for whole, stdin in (('{"item": "tea", "vat": 0.10}', None), (f"@{tmp_path / 'all.json'}", None),
                         ("-", '{"item": "tea", "vat": 0.10}'), ("@-", '{"item": "tea", "vat": 0.10}')):  # fmt: skip
        assert '"11.00"\n' == run("call", wire.url, "price", "--json", whole, stdin=stdin).stdout
        assert b'{"item":"tea","vat":0.10}' == wire.seen[-1][3]


def test_a_file_for_bytes_is_sent_as_it_is(wire, run, tmp_path):
    (tmp_path / "photo").write_bytes(b"\xff\xfe?")
    wire.raw["/shop/v1/seal"] = lambda handler: handler.send(200, b'"sealed"')
    result = run("call", wire.url, "seal", f"data=@{tmp_path / 'photo'}")
    assert (0, '"sealed"\n') == (result.exit_code, result.stdout)
    _, _, headers, body = wire.seen[-1]
    assert ("application/octet-stream", b"\xff\xfe?") == (headers["content-type"], body)


def test_a_refusal_is_told_in_the_language_of_the_locale_or_the_one_that_is_said(wire, run):
    wire.key = "another"
    told = "This key is not known here (401 key-unknown)\n{} Make a new key.\n{} req_9\n"
    french = "Erreur\xa0: " + told.format("Que faire\xa0:", "Requête\xa0:")
    assert french == run("call", wire.url, "price", "--language", "fr").stderr
    assert french == run("call", wire.url, "price", LC_ALL="fr_CA.UTF-8").stderr
    assert "Error: " + told.format("What to do:", "Request:") == run("call", wire.url, "price", LC_ALL="de_DE").stderr


def test_the_spaces_of_french_come_through(wire, run):
    problem = {
        "status": 401,
        "code": "key-malformed",
        "title": "Titre\xa0:",
        "detail": "Un détail\u202f; deux\xa0: oui.",
    }
    wire.raw["/shop/contract.json"] = lambda handler: handler.problem(problem)
    result = run("call", wire.url, "price", "--language", "fr")
    assert "Erreur\xa0: Titre\xa0: (401 key-malformed)\nUn détail\u202f; deux\xa0: oui.\n" == result.stderr


def test_what_no_server_said_is_told_in_french_too(run):
    result = run("call", "http://127.0.0.1:9/shop", "price", "--language", "fr-CA")
    first, _, third, *_ = result.stderr.split("\n")
    assert "Erreur\xa0: Impossible de se connecter à http://127.0.0.1:9" == first
    assert "Que faire\xa0: Vérifiez l’adresse, et que le serveur y tourne (`parvis serve`)." == third


def test_an_error_has_all_of_its_lines_in_french(wire):
    import parvis
    from parvis.cli.output import in_words

    wire.key = "another"
    with pytest.raises(parvis.client.ParvisError) as caught:
        parvis.connect(wire.url)
    english, french = str(caught.value), in_words(caught.value, "fr")
    assert (english, len(english.split("\n"))) == (in_words(caught.value, "en"), len(french.split("\n")))


def test_a_call_carries_the_callers_language(wire, run):
    run("call", wire.url, "price", "item=tea", "--language", "pt-BR")
    assert "pt-BR" == wire.seen[-1][2].get("accept-language")
    run("call", wire.url, "price", "item=tea", LC_ALL="fr_CA.UTF-8@euro")
    assert "fr-CA" == wire.seen[-1][2].get("accept-language")
    run("call", wire.url, "price", "item=tea", LC_ALL="C.UTF-8")
    assert None is wire.seen[-1][2].get("accept-language")


def test_a_service_that_was_called_is_kept_for_completion_and_no_key_is(wire, run, cache):
    run("call", wire.url, "price", "item=tea", "--key", "pv_live_secret")
    (kept,) = cache.iterdir()
    assert (0o600, 0o700) == (kept.stat().st_mode & 0o777, cache.stat().st_mode & 0o777)
    url, offered = kept.read_text().split("\n")
    assert (wire.url, 9, False) == (url, len(json.loads(offered)), "pv_live" in offered)


def test_a_call_goes_well_where_nothing_can_be_kept(wire, run, tmp_path):
    (tmp_path / "cache").write_text("a file where a directory belongs")
    assert 0 == run("call", wire.url, "price", "item=tea").exit_code


def test_an_answer_that_is_no_json_is_told(wire, run):
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(200, b"<html>")
    result = run("call", wire.url, "price", "item=tea")
    assert (1, "", "Error: The answer is no JSON\n<html>\n") == (result.exit_code, result.stdout, result.stderr)
