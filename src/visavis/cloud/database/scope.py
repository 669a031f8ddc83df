"""What one caller's queries can reach. Every session of the database has exactly one scope.

Comes in: an organisation or an account, or the gallery, or a reason for seeing everything. Goes
out: rules that are put on every statement and every changed row, whatever the code that made them
forgot. What SQLAlchemy cannot put them on (plain text, tables without their classes, inserts by
statement) is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import event, false, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.expression import Alias, ColumnClause
from sqlalchemy.sql.schema import Table

from visavis.cloud.database.accounts import Account, Membership, Organisation
from visavis.cloud.database.avatars import Avatar, AvatarTag
from visavis.cloud.database.base import AccountOwned, Operators, OrgOwned, Shared
from visavis.cloud.database.operations import AuditEntry


class ScopeBroken(RuntimeError):
    """Code of ours that reaches beyond its scope: a bug, never a caller's mistake."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What can be reached.

    Attributes:
        kind: "organisation": its rows; "account": a person's rows, and which organisations they
            are in; "gallery": avatars that are not private, read only; "system": everything.
        org_id: of the organisation.
        account_id: of the account.
        why: of a system scope, for whoever reads the code.
    """

    kind: Literal["organisation", "account", "gallery", "system"]
    org_id: str = ""
    account_id: str = ""
    why: str = ""

    @classmethod
    def organisation(cls, org_id: str) -> Scope:
        """Everything of one organisation, nothing of any other."""
        if not org_id:
            raise ScopeBroken("a scope needs an organisation")
        return cls("organisation", org_id=org_id)

    @classmethod
    def account(cls, account_id: str) -> Scope:
        """One person's own rows."""
        if not account_id:
            raise ScopeBroken("a scope needs an account")
        return cls("account", account_id=account_id)

    @classmethod
    def gallery(cls) -> Scope:
        """Avatars that their owners show to others."""
        return cls("gallery")

    @classmethod
    def system(cls, why: str) -> Scope:
        """Everything: for the operator's own work, and to find out who is asking."""
        return cls("system", why=why)


KEY = "scope"
"""Under which a session's `info` holds it."""
GETTING = "getting"
"""Set there while :meth:`Session.get` is at work."""


def _rules(scope: Scope) -> list[Any]:
    """The rules of a scope, as options of a statement."""
    org, account = scope.org_id, scope.account_id
    in_org, of_account = scope.kind == "organisation", scope.kind == "account"
    members = Membership.__table__.c
    shown = scope.kind == "gallery"

    def rule(entity: Any, criterion: Any) -> Any:
        return with_loader_criteria(entity, criterion, include_aliases=True)

    rules = [
        rule(AccountOwned, lambda cls: cls.account_id == account),
        rule(Operators, lambda cls: false()),
        rule(AuditEntry, AuditEntry.org_id == org if in_org else false()),
    ]
    if shown:
        public = Avatar.visibility.in_(("public", "unlisted")) & (Avatar.status == "ready")
        avatars = Avatar.__table__.c
        shown_ids = select(avatars.id).where(
            avatars.visibility.in_(("public", "unlisted")), avatars.status == "ready"
        )
        rules += [rule(Avatar, public), rule(AvatarTag, AvatarTag.avatar_id.in_(shown_ids))]
        rules += [rule(entity, false()) for entity in (Account, Membership, Organisation)]
        rules += [
            rule(mapper.class_, false())
            for mapper in Avatar.registry.mappers
            if issubclass(mapper.class_, OrgOwned) and mapper.class_ not in (Avatar, AvatarTag)
        ]
        return rules
    rules.append(rule(OrgOwned, lambda cls: cls.org_id == org))
    if in_org:
        fellows = select(members.account_id).where(members.org_id == org)
        rules += [
            rule(Organisation, Organisation.id == org),
            rule(Membership, Membership.org_id == org),
            rule(Account, Account.id.in_(fellows)),
        ]
    if of_account:
        mine = select(members.org_id).where(members.account_id == account)
        rules += [
            rule(Organisation, Organisation.id.in_(mine)),
            rule(Membership, Membership.account_id == account),
            rule(Account, Account.id == account),
        ]
    return rules


def _on_execute(state: ORMExecuteState) -> None:
    scope = state.session.info.get(KEY)
    if not isinstance(scope, Scope):
        raise ScopeBroken("a session without a scope")
    if scope.kind == "system":
        return
    if not state.is_orm_statement or state.is_insert:
        raise ScopeBroken("only statements on table classes can be kept within a scope")
    if not state.is_select:
        _refuse_others_tables(scope, state)
    if state.is_column_load or state.is_relationship_load:
        return  # of a row that was loaded within the scope
    if not state.session.info.get(GETTING):  # SQLAlchemy's own statement names bare columns
        _refuse_bare_tables(state.statement)
    state.statement = state.statement.options(*_rules(scope))


def _refuse_others_tables(scope: Scope, state: ORMExecuteState) -> None:
    """Refuse changes by statement to what a scope may see, but not change."""
    changed: type[Any] = state.bind_mapper.class_ if state.bind_mapper else object
    own: dict[str, tuple[type[Any], ...]] = {
        "organisation": (OrgOwned, Membership, Organisation),
        "account": (AccountOwned, Account),
    }
    if not issubclass(changed, own.get(scope.kind, ())):
        raise ScopeBroken(f"{changed.__name__} is not for a scope of {scope.kind} to change")


def _refuse_bare_tables(statement: Any) -> None:
    """Refuse tables named without their class: SQLAlchemy puts no rules on them."""
    through_classes: set[Any] = set()
    bare: set[Any] = set()
    for part in visitors.iterate(statement):
        entity: Any = part._annotations.get("parententity")
        if entity is not None:
            through_classes.add(entity.selectable)
        elif isinstance(part, Table) or (
            isinstance(part, Alias) and isinstance(part.element, Table)
        ):
            bare.add(part)
        elif isinstance(part, ColumnClause) and isinstance(part.table, Table | Alias):
            raise ScopeBroken(f"a column of the table {part.table.name} without its class")
    aliased = {part.element for part in through_classes if isinstance(part, Alias)}
    if left := bare - through_classes - aliased:
        raise ScopeBroken(f"{', '.join(part.name for part in left)} without its class")


def _on_flush(session: Session, context: UOWTransaction, instances: object) -> None:
    scope = session.info.get(KEY)
    if not isinstance(scope, Scope):
        raise ScopeBroken("a session without a scope")
    if session.info.get("read_only") and (session.new or session.dirty or session.deleted):
        raise ScopeBroken("a session for reading has changed something")
    if scope.kind == "system":
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if not _may_write(scope, row, new=row in session.new):
            raise ScopeBroken(f"{type(row).__name__} is beyond the scope of {scope.kind}")


def _may_write(scope: Scope, row: Any, new: bool) -> bool:
    if isinstance(row, OrgOwned | AuditEntry | Membership) and scope.kind == "organisation":
        if new and row.org_id is None:
            row.org_id = scope.org_id
        return bool(row.org_id == scope.org_id)
    if isinstance(row, Organisation):
        return scope.kind == "organisation" and row.id == scope.org_id
    if isinstance(row, AccountOwned) and scope.kind == "account":
        if new and getattr(row, "account_id", None) is None:
            row.account_id = scope.account_id
        return bool(row.account_id == scope.account_id)
    return isinstance(row, Account) and scope.kind == "account" and bool(row.id == scope.account_id)


def watch(session_class: type[Session]) -> None:
    """Put scopes on all sessions of a class."""
    event.listen(session_class, "do_orm_execute", _on_execute)
    event.listen(session_class, "before_flush", _on_flush)


def has_rule(entity: type[Any]) -> bool:
    """Whether a table's class says whose rows it has."""
    own = (Account, Organisation, Membership, AuditEntry)
    return issubclass(entity, (OrgOwned, AccountOwned, Shared, Operators, *own))


__all__ = ["GETTING", "KEY", "Scope", "ScopeBroken", "has_rule", "watch"]
