from .tenant import Comment, Receipt, Tenant, User, UserProxy

__all__ = [
    "Comment",
    "Receipt",
    "Tenant",
    "User",
    "UserProxy",
]
