"""All business rules of the instance, in the order in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attachment import rules as attachment_rules
from .business import audit
from .business.engine import Engine
from .change import rules as change_rules
from .records import task_rules
from .records.write import RuleBook

if TYPE_CHECKING:
    from .instance import Instance


def register_all(rules: RuleBook, instance: Instance) -> None:
    task_rules.register(rules)
    change_rules.register(rules, instance)
    attachment_rules.register(rules, instance)
    Engine(instance).register(rules)
    audit.register(rules)
    for table in ("sys_user", "sys_user_has_role", "sys_user_role", "sys_user_role_contains"):
        rules.add("after", "insert update delete", table, lambda write: instance.users.forget())
    rules.add("after", "insert update delete", "sys_properties", lambda write: instance.forget_properties())
