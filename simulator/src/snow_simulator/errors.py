"""The instance's error answers."""

from __future__ import annotations


class ApiError(Exception):
    """Ends a request with the documented error envelope; the request's writes are rolled back."""

    def __init__(self, status: int, message: str, detail: str | None = None) -> None:
        super().__init__(f"{status} {message}: {detail}")
        self.status = status
        self.message = message
        self.detail = detail

    def body(self) -> dict[str, object]:
        return {"error": {"message": self.message, "detail": self.detail}, "status": "failure"}


def not_authenticated() -> ApiError:
    return ApiError(401, "User Not Authenticated", "Required to provide Auth information")


def no_resource() -> ApiError:
    return ApiError(400, "Requested URI does not represent any resource")


def invalid_table(name: str) -> ApiError:
    return ApiError(400, f"Invalid table {name}", f"Table {name} does not exist, or null")


def no_record() -> ApiError:
    return ApiError(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def bad_json() -> ApiError:
    return ApiError(400, "Exception while reading request", "The payload is not valid JSON.")


def bad_xml() -> ApiError:
    return ApiError(400, "Exception while reading request", "The payload is not valid XML.")


def no_method(method: str) -> ApiError:
    return ApiError(405, "Method not allowed", f"The resource does not support the method {method}")


def no_read_role() -> ApiError:
    return ApiError(403, "Insufficient rights to query records")


def no_field_read() -> ApiError:
    detail = "Field(s) present in the query do not have permission to be read"
    return ApiError(403, "Insufficient rights to query records", detail)


def acl_refused(operation: str) -> ApiError:
    """`operation` is Insert, Update or Delete."""
    detail = f"ACL Exception {operation} Failed due to security constraints"
    return ApiError(403, "Operation Failed", detail)


class RuleAborted(ApiError):
    """`stack` names the business rules that were running, the outermost first."""

    def __init__(self, table: str, rule: str, sys_id: str, stack: tuple[str, ...]) -> None:
        detail = (
            f"Operation against file '{table}' was aborted by Business Rule '{rule}^{sys_id}'. "
            f"Business Rule Stack:{','.join(stack)}"
        )
        super().__init__(403, "Operation Failed", detail)
        self._parts = (table, rule, sys_id)
        self._stack = stack

    def within(self, outer: str) -> RuleAborted:
        """The same, found while the rule `outer` was running."""
        return self if self._stack[0] == outer else RuleAborted(*self._parts, (outer, *self._stack))


def rule_aborted(table: str, rule: str, sys_id: str) -> ApiError:
    return RuleAborted(table, rule, sys_id, (rule,))


def mandatory(labels: list[str]) -> ApiError:
    return _data_policy("mandatory", labels)


def read_only(labels: list[str]) -> ApiError:
    return _data_policy("read only", labels)


def _data_policy(what: str, labels: list[str]) -> ApiError:
    detail = f"Data Policy Exception: The following fields are {what}: {', '.join(labels)}"
    return ApiError(403, "Operation Failed", detail)


def duplicate_key(table: str, sys_id: str) -> ApiError:
    return ApiError(403, "Operation Failed", f"Error during insert of {table} ({sys_id}): duplicate key")


def bad_request(message: str, detail: str | None = None) -> ApiError:
    return ApiError(400, message, detail)
