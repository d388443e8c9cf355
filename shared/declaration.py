"""The declaration: what an intake client hands in, what is kept of it, and which texts may be shown (domain section 4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.built import built
from shared.form import Code, Day, Ident, Instant, Line, Money, RequiredLine, RequiredText, Text
from shared.vocabulary import BenefitClass, IdeaField, RecognitionForm, TextField, Value, WorkerKind


class Author(Value):
    """One author as the sender names it; name and id are personal data and are sealed before anything is stored."""

    person: Ident
    name: Ident
    share_percent: Annotated[
        Decimal,
        Field(ge=0, le=100, max_digits=9, decimal_places=6),
        AfterValidator(Decimal.normalize),
    ]
    holds_post: bool = False
    worker_kind: WorkerKind = WorkerKind.DIRECT


class SealedAuthor(Value):
    """An author as the ledger keeps it: a pseudonym, a sealed name, and what boards may count."""

    person: UUID
    sealed_name: str
    share_percent: str
    holds_post: bool
    worker_kind: WorkerKind


class Recognition(Value):
    """The competent authority's decision that makes an idea an initiative."""

    form: RecognitionForm
    number: Line = ""
    date: Day
    authority: Line = ""


class Content(Value):
    """What is new and what it brought: the texts and dates of a declaration, as typed, without any person."""

    title: str
    situation_before: str = ""
    solution: str
    applicability: str = ""
    conditions: str = ""
    benefit: str = ""
    benefit_vnd: int | None = None
    benefit_basis: str = ""
    benefit_class: BenefitClass = BenefitClass.DECLARED
    field: IdeaField | None = None
    first_applied_on: date | None = None
    recognition: Recognition | None = None
    confidential: tuple[TextField, ...] = ()

    def disclosed(self) -> Self:
        """The content as it may be shown to whoever may see the idea: confidential texts are empty."""
        return self.model_copy(update={field.value: "" for field in self.confidential})

    def shown(self, field: TextField) -> str:
        """A text as it may be shown: empty where the declarer asked for it to be matched only."""
        return "" if field in self.confidential else str(getattr(self, field))


_CONTENT: Final = tuple(Content.model_fields)


class Draft(Content):
    """What a person may write or correct in a declaration, held to the limits of the form (domain section 4)."""

    title: RequiredLine
    situation_before: Text = ""
    solution: RequiredText
    applicability: Text = ""
    conditions: Text = ""
    benefit: Text = ""
    benefit_vnd: Money | None = None
    benefit_basis: Text = ""
    first_applied_on: Day | None = None
    authors: Annotated[tuple[Author, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _shares_add_to_100(self) -> Self:
        total = sum((a.share_percent for a in self.authors), Decimal(0))
        if abs(total - 100) > Decimal("0.1"):
            raise PydanticCustomError(
                "shares",
                "shares add to {total}, not to 100",
                {"total": str(total), "field": "authors"},
            )
        return self

    def content(self) -> Content:
        """The texts and dates, without people and address."""
        facts = self.__dict__
        return built(Content, {name: facts[name] for name in _CONTENT})


class Declaration(Draft):
    """bản kê khai: one idea as an intake client hands it in (domain section 4)."""

    external_id: Ident
    programme: Code
    unit: Code
    filed_at: Instant
    entered_by: Line = ""
