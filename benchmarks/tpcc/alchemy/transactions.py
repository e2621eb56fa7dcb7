"""
The five transactions, as a user of SQLAlchemy's ORM writes them.

They do what those of ``supplier.transactions`` do, by the same steps, in the way
that its documentation recommends for each: objects that were loaded are changed
and left to the unit of work, sets of rows are inserted and updated as such. What
only some of the databases have is not used, such as UPDATE … RETURNING.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, joinedload, load_only

from tpcc import inputs
from tpcc.alchemy.models import (
    Customer,
    District,
    History,
    Item,
    NewOrder,
    Order,
    OrderLine,
    Stock,
    Warehouse,
)
from tpcc.rules import Output, RolledBack, bad_credit_data, brand, middle, taken

Keys = Sequence[tuple[int, ...]]


def in_keys(session: Session, columns: Sequence[Any], keys: Keys) -> Any:
    """Return the condition for rows with one of the keys, which are composite."""
    if session.get_bind().dialect.name == "sqlite":
        # SQLite before 3.41 reads the whole table for a list of rows.
        return or_(
            *(
                and_(*(column == value for column, value in zip(columns, key)))
                for key in keys
            )
        )
    return tuple_(*columns).in_(keys)


def new_order(session: Session, asked: inputs.NewOrder) -> Output:
    district_key = (asked.warehouse, asked.district)
    session.execute(
        update(District)
        .where(District.warehouse_id == asked.warehouse)
        .where(District.number == asked.district)
        .values(next_order=District.next_order + 1),
        execution_options={"synchronize_session": False},
    )
    customer = session.get_one(
        Customer,
        (*district_key, asked.customer),
        options=[
            load_only(Customer.last, Customer.credit, Customer.discount),
            joinedload(Customer.district, innerjoin=True)
            .load_only(District.tax, District.next_order)
            .joinedload(District.warehouse, innerjoin=True)
            .load_only(Warehouse.tax),
        ],
    )
    district = customer.district
    numbers = {line.item for line in asked.lines}
    items = {
        item.id: item
        for item in session.scalars(select(Item).where(Item.id.in_(numbers)))
    }
    keys = list({(line.warehouse, line.item) for line in asked.lines})
    stocks = {
        (stock.warehouse_id, stock.item_id): stock
        for stock in session.scalars(
            select(Stock)
            .where(in_keys(session, [Stock.warehouse_id, Stock.item_id], keys))
            .order_by(Stock.warehouse_id, Stock.item_id)
            .with_for_update(key_share=True)
        )
    }
    order = Order(
        district_warehouse_id=asked.warehouse,
        district_number=asked.district,
        number=district.next_order - 1,
        customer_number=asked.customer,
        entry_date=datetime.datetime.now(),
        carrier=None,
        line_count=len(asked.lines),
        all_local=int(all(line.warehouse == asked.warehouse for line in asked.lines)),
    )
    session.add_all([order, NewOrder(order=order)])
    lines, shown = [], []
    for number, line in enumerate(asked.lines, 1):
        item = items.get(line.item)
        if item is None:
            continue
        stock = stocks[line.warehouse, line.item]
        stock.quantity = taken(stock.quantity, line.quantity)
        stock.ytd += line.quantity
        stock.order_count += 1
        stock.remote_count += line.warehouse != asked.warehouse
        amount = item.price * line.quantity
        lines.append(
            {
                "order_district_warehouse_id": asked.warehouse,
                "order_district_number": asked.district,
                "order_number": order.number,
                "number": number,
                "stock_warehouse_id": line.warehouse,
                "stock_item_id": line.item,
                "delivery_date": None,
                "quantity": line.quantity,
                "amount": amount,
                "district_info": getattr(stock, f"district_{asked.district:02}"),
            }
        )
        kind = brand(item.data, stock.data)
        shown.append([item.name, stock.quantity, kind, item.price, amount])
    session.flush()
    session.execute(insert(OrderLine), lines)
    if len(lines) < len(asked.lines):
        raise RolledBack([customer.last, customer.credit, order.number])
    total = sum(line["amount"] for line in lines) * (1 - customer.discount)
    total *= 1 + district.warehouse.tax + district.tax
    return [customer.last, customer.credit, order.number, total, shown]


def payment(session: Session, asked: inputs.Payment) -> Output:
    session.execute(
        update(District)
        .where(District.warehouse_id == asked.warehouse)
        .where(District.number == asked.district)
        .values(ytd=District.ytd + asked.amount),
        execution_options={"synchronize_session": False},
    )
    district = session.get_one(
        District,
        (asked.warehouse, asked.district),
        options=[
            load_only(District.name),
            joinedload(District.warehouse, innerjoin=True).load_only(Warehouse.name),
        ],
    )
    customer = find_customer(
        session,
        asked.customer_warehouse,
        asked.customer_district,
        asked.customer,
        lock=True,
    )
    customer.balance -= asked.amount
    customer.ytd_payment += asked.amount
    customer.payment_count += 1
    if customer.credit == "BC":
        key = (asked.customer_warehouse, asked.customer_district, customer.number)
        customer.data = bad_credit_data(key, asked, customer.data)
    session.add(
        History(
            customer=customer,
            district=district,
            date=datetime.datetime.now(),
            amount=asked.amount,
            data=f"{district.warehouse.name}    {district.name}",
        )
    )
    session.flush()
    session.execute(
        update(Warehouse)
        .where(Warehouse.id == asked.warehouse)
        .values(ytd=Warehouse.ytd + asked.amount),
        execution_options={"synchronize_session": False},
    )
    return [customer.number, customer.first, customer.balance, customer.data[:200]]


def order_status(session: Session, asked: inputs.OrderStatus) -> Output:
    customer = find_customer(
        session, asked.warehouse, asked.district, asked.customer, lock=False
    )
    order = session.scalar(
        select(Order)
        .where(Order.district_warehouse_id == asked.warehouse)
        .where(Order.district_number == asked.district)
        .where(Order.customer_number == customer.number)
        .order_by(Order.number.desc())
        .limit(1)
    )
    if order is None:
        return [customer.number, customer.balance]
    return [
        customer.number,
        customer.balance,
        order.number,
        order.carrier,
        [
            [
                [line.stock_warehouse_id, line.stock_item_id],
                line.quantity,
                line.amount,
                line.delivery_date is None,
            ]
            for line in order.lines
        ],
    ]


def delivery(session: Session, asked: inputs.Delivery) -> Output:
    now = datetime.datetime.now()
    orders = oldest_new_orders(session, asked.warehouse)
    if not orders:
        return []
    keys = [
        (order.district_warehouse_id, order.district_number, order.number)
        for order in orders
    ]
    session.execute(
        update(Order)
        .where(
            in_keys(
                session,
                [Order.district_warehouse_id, Order.district_number, Order.number],
                keys,
            )
        )
        .values(carrier=asked.carrier),
        execution_options={"synchronize_session": False},
    )
    line_key = [
        OrderLine.order_district_warehouse_id,
        OrderLine.order_district_number,
        OrderLine.order_number,
    ]
    are_delivered = in_keys(session, line_key, keys)
    session.execute(
        update(OrderLine).where(are_delivered).values(delivery_date=now),
        execution_options={"synchronize_session": False},
    )
    totals = {
        tuple(key): total
        for *key, total in session.execute(
            select(*line_key, func.sum(OrderLine.amount))
            .where(are_delivered)
            .group_by(*line_key)
        )
    }
    customers = Customer.__table__
    session.connection().execute(
        update(customers)
        .where(customers.c.district_warehouse_id == bindparam("the_warehouse"))
        .where(customers.c.district_number == bindparam("the_district"))
        .where(customers.c.number == bindparam("the_number"))
        .values(
            balance=customers.c.balance + bindparam("total"),
            delivery_count=customers.c.delivery_count + 1,
        ),
        [
            {
                "the_warehouse": order.district_warehouse_id,
                "the_district": order.district_number,
                "the_number": order.customer_number,
                "total": totals[key],
            }
            for key, order in zip(keys, orders)
        ],
    )
    session.execute(
        delete(NewOrder).where(
            in_keys(
                session,
                [
                    NewOrder.order_district_warehouse_id,
                    NewOrder.order_district_number,
                    NewOrder.order_number,
                ],
                keys,
            )
        ),
        execution_options={"synchronize_session": False},
    )
    return sorted([*key, totals[key]] for key in keys)


def stock_level(session: Session, asked: inputs.StockLevel) -> Output:
    next_order = session.scalars(
        select(District.next_order)
        .where(District.warehouse_id == asked.warehouse)
        .where(District.number == asked.district)
    ).one()
    recent = (
        select(OrderLine.stock_item_id)
        .where(OrderLine.order_district_warehouse_id == asked.warehouse)
        .where(OrderLine.order_district_number == asked.district)
        .where(OrderLine.order_number >= next_order - 20)
        .where(OrderLine.order_number < next_order)
    )
    return [
        session.scalar(
            select(func.count())
            .select_from(Stock)
            .where(Stock.warehouse_id == asked.warehouse)
            .where(Stock.item_id.in_(recent))
            .where(Stock.quantity < asked.threshold)
        )
    ]


def find_customer(
    session: Session, warehouse: int, district: int, asked: int | str, lock: bool
) -> Customer:
    """Return the customer with a number, or the middle one of a last name."""
    if isinstance(asked, int):
        return session.get_one(
            Customer,
            (warehouse, district, asked),
            with_for_update={"key_share": True} if lock else None,
        )
    statement = (
        select(Customer)
        .where(Customer.district_warehouse_id == warehouse)
        .where(Customer.district_number == district)
        .where(Customer.last == asked)
        .order_by(Customer.first)
    )
    if lock:
        statement = statement.with_for_update(key_share=True)
    return middle(session.scalars(statement).all())


def oldest_new_orders(session: Session, warehouse: int) -> Sequence[Order]:
    """Return the oldest order that is not delivered of each district, locked."""
    is_here = NewOrder.order_district_warehouse_id == warehouse
    oldest = (
        select(
            NewOrder.order_district_warehouse_id,
            NewOrder.order_district_number,
            func.min(NewOrder.order_number),
        )
        .where(is_here)
        .group_by(NewOrder.order_district_warehouse_id, NewOrder.order_district_number)
    )
    orders = (
        select(Order)
        .join(NewOrder)
        .where(
            tuple_(
                NewOrder.order_district_warehouse_id,
                NewOrder.order_district_number,
                NewOrder.order_number,
            ).in_(oldest)
        )
        .with_for_update(key_share=True)
    )
    while True:
        found = session.scalars(orders).all()
        # If another delivery was waited for, those that were the oldest are gone.
        if found or not session.scalar(select(exists().where(is_here))):
            return found


BY_KIND: dict[str, Callable[[Session, Any], Output]] = {
    inputs.NewOrder.kind: new_order,
    inputs.Payment.kind: payment,
    inputs.OrderStatus.kind: order_status,
    inputs.Delivery.kind: delivery,
    inputs.StockLevel.kind: stock_level,
}
