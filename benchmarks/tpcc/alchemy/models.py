"""
The nine tables, declared for SQLAlchemy's ORM: those of ``supplier.models``.

A run lets the migrations of Django's app make the tables of both contestants, and
compares them with what these classes say.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    String,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Money12 = Annotated[Decimal, mapped_column(Numeric(12, 2))]
Money6 = Annotated[Decimal, mapped_column(Numeric(6, 2))]
Money5 = Annotated[Decimal, mapped_column(Numeric(5, 2))]
Rate = Annotated[Decimal, mapped_column(Numeric(4, 4))]
Small = Annotated[int, mapped_column(SmallInteger)]
Text2 = Annotated[str, mapped_column(String(2))]
Text9 = Annotated[str, mapped_column(String(9))]
Text10 = Annotated[str, mapped_column(String(10))]
Text16 = Annotated[str, mapped_column(String(16))]
Text20 = Annotated[str, mapped_column(String(20))]
Text24 = Annotated[str, mapped_column(String(24))]
Text50 = Annotated[str, mapped_column(String(50))]
Text500 = Annotated[str, mapped_column(String(500))]
KeyInt = Annotated[int, mapped_column(primary_key=True, autoincrement=False)]
KeySmall = Annotated[
    int, mapped_column(SmallInteger, primary_key=True, autoincrement=False)
]


class Base(DeclarativeBase):
    pass


def references(table: str, columns: str, targets: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        columns.split(),
        [f"{table}.{target}" for target in targets.split()],
        deferrable=True,
        initially="DEFERRED",
    )


def referenced(key: str) -> Any:
    return mapped_column(
        ForeignKey(key, deferrable=True, initially="DEFERRED"),
        primary_key=True,
        autoincrement=False,
    )


class Address:
    street_1: Mapped[Text20]
    street_2: Mapped[Text20]
    city: Mapped[Text20]
    state: Mapped[Text2]
    zip: Mapped[Text9]


class Warehouse(Address, Base):
    __tablename__ = "supplier_warehouse"

    id: Mapped[KeyInt]
    name: Mapped[Text10]
    tax: Mapped[Rate]
    ytd: Mapped[Money12]


class District(Address, Base):
    __tablename__ = "supplier_district"

    warehouse_id: Mapped[int] = referenced("supplier_warehouse.id")
    number: Mapped[KeySmall]
    name: Mapped[Text10]
    tax: Mapped[Rate]
    ytd: Mapped[Money12]
    next_order: Mapped[int]

    warehouse: Mapped[Warehouse] = relationship()


class Customer(Address, Base):
    __tablename__ = "supplier_customer"

    district_warehouse_id: Mapped[KeyInt]
    district_number: Mapped[KeySmall]
    number: Mapped[KeyInt]
    first: Mapped[Text16]
    middle: Mapped[Text2]
    last: Mapped[Text16]
    phone: Mapped[Text16]
    since: Mapped[datetime.datetime]
    credit: Mapped[Text2]
    credit_limit: Mapped[Money12]
    discount: Mapped[Rate]
    balance: Mapped[Money12]
    ytd_payment: Mapped[Money12]
    payment_count: Mapped[Small]
    delivery_count: Mapped[Small]
    data: Mapped[Text500]

    district: Mapped[District] = relationship()

    __table_args__ = (
        references(
            "supplier_district",
            "district_warehouse_id district_number",
            "warehouse_id number",
        ),
        Index(
            "customer_name", "district_warehouse_id", "district_number", "last", "first"
        ),
    )


class History(Base):
    __tablename__ = "supplier_history"

    customer_district_warehouse_id: Mapped[KeyInt]
    customer_district_number: Mapped[KeySmall]
    customer_number: Mapped[KeyInt]
    district_warehouse_id: Mapped[int]
    district_number: Mapped[Small]
    date: Mapped[datetime.datetime] = mapped_column(primary_key=True)
    amount: Mapped[Money6]
    data: Mapped[Text24]

    customer: Mapped[Customer] = relationship()
    district: Mapped[District] = relationship()

    __table_args__ = (
        references(
            "supplier_customer",
            "customer_district_warehouse_id customer_district_number customer_number",
            "district_warehouse_id district_number number",
        ),
        references(
            "supplier_district",
            "district_warehouse_id district_number",
            "warehouse_id number",
        ),
        Index("history_district", "district_warehouse_id", "district_number"),
    )


class Order(Base):
    __tablename__ = "supplier_order"

    district_warehouse_id: Mapped[KeyInt]
    district_number: Mapped[KeySmall]
    number: Mapped[KeyInt]
    customer_number: Mapped[int]
    entry_date: Mapped[datetime.datetime]
    carrier: Mapped[Small | None]
    line_count: Mapped[Small]
    all_local: Mapped[Small]

    district: Mapped[District] = relationship(overlaps="customer")
    customer: Mapped[Customer] = relationship(overlaps="district")
    lines: Mapped[list[OrderLine]] = relationship(
        back_populates="order", order_by="OrderLine.number"
    )

    __table_args__ = (
        references(
            "supplier_district",
            "district_warehouse_id district_number",
            "warehouse_id number",
        ),
        references(
            "supplier_customer",
            "district_warehouse_id district_number customer_number",
            "district_warehouse_id district_number number",
        ),
        Index(
            "order_customer",
            "district_warehouse_id",
            "district_number",
            "customer_number",
        ),
    )


class NewOrder(Base):
    __tablename__ = "supplier_neworder"

    order_district_warehouse_id: Mapped[KeyInt]
    order_district_number: Mapped[KeySmall]
    order_number: Mapped[KeyInt]

    order: Mapped[Order] = relationship()

    __table_args__ = (
        references(
            "supplier_order",
            "order_district_warehouse_id order_district_number order_number",
            "district_warehouse_id district_number number",
        ),
    )


class Item(Base):
    __tablename__ = "supplier_item"

    id: Mapped[KeyInt]
    image: Mapped[int]
    name: Mapped[Text24]
    price: Mapped[Money5]
    data: Mapped[Text50]


class Stock(Base):
    __tablename__ = "supplier_stock"

    warehouse_id: Mapped[int] = referenced("supplier_warehouse.id")
    item_id: Mapped[int] = referenced("supplier_item.id")
    quantity: Mapped[Small]
    district_01: Mapped[Text24]
    district_02: Mapped[Text24]
    district_03: Mapped[Text24]
    district_04: Mapped[Text24]
    district_05: Mapped[Text24]
    district_06: Mapped[Text24]
    district_07: Mapped[Text24]
    district_08: Mapped[Text24]
    district_09: Mapped[Text24]
    district_10: Mapped[Text24]
    ytd: Mapped[int]
    order_count: Mapped[Small]
    remote_count: Mapped[Small]
    data: Mapped[Text50]

    __table_args__ = (Index("stock_item", "item_id"),)


class OrderLine(Base):
    __tablename__ = "supplier_orderline"

    order_district_warehouse_id: Mapped[KeyInt]
    order_district_number: Mapped[KeySmall]
    order_number: Mapped[KeyInt]
    number: Mapped[KeySmall]
    stock_warehouse_id: Mapped[int]
    stock_item_id: Mapped[int]
    delivery_date: Mapped[datetime.datetime | None]
    quantity: Mapped[Small]
    amount: Mapped[Money6]
    district_info: Mapped[Text24]

    order: Mapped[Order] = relationship(back_populates="lines")
    stock: Mapped[Stock] = relationship()

    __table_args__ = (
        references(
            "supplier_order",
            "order_district_warehouse_id order_district_number order_number",
            "district_warehouse_id district_number number",
        ),
        references(
            "supplier_stock", "stock_warehouse_id stock_item_id", "warehouse_id item_id"
        ),
        Index("line_stock", "stock_warehouse_id", "stock_item_id"),
    )
