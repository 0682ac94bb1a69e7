"""A slot that is not sure yet: the worker looks further, and the page tells the answer."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from locomotive.core.db import db
from locomotive.core.tasks import ANSWER_INQUIRIES
from locomotive.promise import question
from locomotive.promise.answer import NotSureYet, SlotAnswer
from locomotive.promise.inquiry import WORTH, Inquiry
from locomotive.promise.promise import RefusedSlot
from locomotive.promise.question import FULL, _Question
from locomotive.worker.inquiries import answer_inquiries
from routing import Answer
from tests.shop_day import Shop, words

KEY = "q" * 32
PASTEUR = "12 rue Pasteur, Oignies"


@pytest.fixture
def _unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked in a page finds no plan: only the worker can."""
    monkeypatch.setattr(
        _Question,
        "_asked",
        lambda _question, slot, _iterations: SlotAnswer(slot, NotSureYet(), is_proven=False),
    )


def look(shop: Shop):
    if shop.client.get("/order").status_code != 200:
        shop.add("1")
    return shop.order(kind="delivery", address=PASTEUR, look="1", key=KEY)


def inquiries() -> list[Inquiry]:
    db.session.rollback()
    return list(db.session.scalars(select(Inquiry).order_by(Inquiry.id)))


def reasons() -> set[tuple[str, bool]]:
    db.session.rollback()
    return {(row.reason, row.is_proven) for row in db.session.scalars(select(RefusedSlot))}


def waiting_of(answer) -> str:
    found = re.search(r'data-hx-get="(/order/waiting[^"]+)"', answer.text)
    assert found, "the page does not wait"
    return found[1].replace("&amp;", "&")


@pytest.mark.usefixtures("_unsure")
def test_the_page_says_not_sure_yet_and_the_worker_looks(shop: Shop) -> None:
    answer = look(shop)
    assert "12:00 not sure yet" in words(answer)
    assert "the tricycle is full" not in words(answer)
    assert ANSWER_INQUIRIES in shop.asked
    assert len(inquiries()) > 1
    assert reasons() == {("not_sure_yet", False)}
    # Without scripts a button asks again, and nothing is asked twice.
    assert "Ask again" in words(answer)
    before = len(inquiries())
    look(shop)
    assert len(inquiries()) == before


@pytest.mark.usefixtures("_unsure")
def test_the_page_hears_of_the_answer_and_the_slot_is_offered(shop: Shop) -> None:
    waiting = waiting_of(look(shop))
    assert shop.client.get(waiting).status_code == 204
    answer_inquiries()
    heard = shop.client.get(waiting)
    assert (heard.status_code, heard.headers["HX-Trigger"]) == (200, "answered")
    again = look(shop)
    assert "not sure yet" not in words(again)
    assert "/order/waiting" not in again.text
    assert reasons() == set()


@pytest.mark.usefixtures("_unsure")
def test_what_the_worker_found_is_the_evidence_of_the_order(shop: Shop) -> None:
    look(shop)
    slot = str(shop.slot(12, 0, kind="delivery").id)
    refused = shop.order(kind="delivery", address=PASTEUR, key=KEY, slot=slot)
    assert refused.status_code == 409
    answer_inquiries()
    assert shop.order(kind="delivery", address=PASTEUR, key=KEY, slot=slot).status_code == 303


@pytest.mark.usefixtures("_unsure")
def test_a_promise_given_meanwhile_makes_it_another_question(shop: Shop) -> None:
    look(shop)
    answer_inquiries()
    slot = str(shop.slot(12, 0, kind="delivery").id)
    assert shop.order(kind="delivery", address=PASTEUR, key="o" * 32, slot=slot).status_code == 303
    assert "not sure yet" in words(look(shop))


@pytest.mark.usefixtures("_unsure")
def test_nobody_waits_for_ever(shop: Shop) -> None:
    waiting = waiting_of(look(shop))
    shop.hour += WORTH
    assert shop.client.get(waiting).status_code == 200


def test_an_order_refused_without_a_proof_is_looked_at_by_the_worker(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []

    def none(_questions: object, _stop: object, *, iterations: int) -> Answer:
        said.append(iterations)
        return Answer(None, is_proven=False)

    monkeypatch.setattr("routing.Questions.ask", none)
    monkeypatch.setattr(_Question, "_is_too_far", lambda _question, _slot: False)
    monkeypatch.setattr(question, "DECIDING", 0.0)
    shop.add("1")
    slot = shop.slot(12, 0, kind="delivery")
    answer = shop.order(kind="delivery", address=PASTEUR, key=KEY, slot=str(slot.id))
    assert answer.status_code == 409
    assert FULL in said
    assert "12:00: not sure yet" in words(answer)
    assert slot.id in {one.slot_id for one in inquiries()}
    assert reasons() == {("not_sure_yet", False)}


def test_full_is_said_without_a_proof_only_when_the_worker_looked_in_vain(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Answer(None, is_proven=False)
    monkeypatch.setattr("routing.Questions.ask", lambda *_, **__: nothing)
    monkeypatch.setattr(_Question, "_is_too_far", lambda _question, _slot: False)
    monkeypatch.setattr("routing.decide", lambda *_, **__: nothing)
    look(shop)
    answer_inquiries()
    slot = str(shop.slot(12, 0, kind="delivery").id)
    answer = shop.order(kind="delivery", address=PASTEUR, key=KEY, slot=slot)
    assert "12:00: the tricycle is full" in words(answer)
    assert ("tricycle_full", False) in reasons()
