"""A small warehouse: what lies where, what is ordered, and how it is fetched."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Iterable, Iterator

AISLES = 12
SHELVES_PER_AISLE = 40
METRES_BETWEEN_AISLES = 3.5
METRES_BETWEEN_SHELVES = 1.2
LONGEST_TOUR = 600.0


class Urgency(Enum):
    NORMAL = "normal"
    EXPRESS = "express"
    SAME_DAY = "same day"

    @property
    def days(self) -> int:
        return {Urgency.NORMAL: 5, Urgency.EXPRESS: 2, Urgency.SAME_DAY: 0}[self]


class OutOfStock(Exception):
    """More of a product is wanted than there is."""

    def __init__(self, product: Product, wanted: int, found: int):
        super().__init__(f"{product.name}: {wanted} wanted, {found} found")
        self.product = product
        self.missing = wanted - found


@dataclass(frozen=True)
class Product:
    code: str
    name: str
    price: float
    weight: float
    keeps_days: int | None = None

    def is_perishable(self) -> bool:
        return self.keeps_days is not None

    def expires(self, arrived: date) -> date | None:
        if self.keeps_days is None:
            return None
        return arrived + timedelta(days=self.keeps_days)


@dataclass(frozen=True)
class Place:
    """A shelf's place: the aisle, and how far down the aisle it stands."""

    aisle: int
    shelf: int

    def __post_init__(self):
        if not 0 <= self.aisle < AISLES:
            raise ValueError(f"there is no aisle {self.aisle}")
        if not 0 <= self.shelf < SHELVES_PER_AISLE:
            raise ValueError(f"aisle {self.aisle} has no shelf {self.shelf}")

    def depth(self) -> float:
        return self.shelf * METRES_BETWEEN_SHELVES

    def distance(self, other: Place) -> float:
        """Metres to walk: down an aisle, or out of one and into the other."""
        if self.aisle == other.aisle:
            return abs(self.depth() - other.depth())
        across = abs(self.aisle - other.aisle) * METRES_BETWEEN_AISLES
        return self.depth() + across + other.depth()


@dataclass
class Batch:
    product: Product
    count: int
    arrived: date

    def is_fresh(self, today: date) -> bool:
        expires = self.product.expires(self.arrived)
        return expires is None or expires > today

    def take(self, count: int) -> int:
        """Takes as many as there are, up to `count`; returns how many."""
        taken = min(count, self.count)
        self.count -= taken
        return taken


@dataclass
class Shelf:
    place: Place
    batches: list[Batch] = field(default_factory=list)

    def weight(self) -> float:
        return sum(batch.count * batch.product.weight for batch in self.batches)

    def count(self, product: Product) -> int:
        return sum(batch.count for batch in self.batches if batch.product == product)

    def put(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.batches.sort(key=lambda one: one.arrived)

    def take(self, product: Product, count: int) -> int:
        """Takes the oldest first; returns how many there were."""
        taken = 0
        for batch in self.batches:
            if batch.product == product:
                taken += batch.take(count - taken)
        self.batches = [batch for batch in self.batches if batch.count > 0]
        return taken

    def throw_away_old(self, today: date) -> list[Batch]:
        old = [batch for batch in self.batches if not batch.is_fresh(today)]
        self.batches = [batch for batch in self.batches if batch.is_fresh(today)]
        return old


@dataclass(frozen=True)
class OrderLine:
    product: Product
    count: int

    def price(self) -> float:
        return self.product.price * self.count

    def weight(self) -> float:
        return self.product.weight * self.count


@dataclass
class Order:
    number: int
    customer: str
    lines: list[OrderLine]
    placed: date
    urgency: Urgency = Urgency.NORMAL
    shipped: date | None = None

    def price(self) -> float:
        return sum(line.price() for line in self.lines)

    def weight(self) -> float:
        return sum(line.weight() for line in self.lines)

    def due(self) -> date:
        return self.placed + timedelta(days=self.urgency.days)

    def is_late(self, today: date) -> bool:
        return self.shipped is None and self.due() < today


@dataclass(frozen=True)
class Stop:
    """A shelf where somebody stops, and what is taken there."""

    place: Place
    product: Product
    count: int


class Tour:
    """A walk past shelves, from the packing table and back to it."""

    TABLE = Place(0, 0)

    def __init__(self, stops: Iterable[Stop]):
        self.stops = sorted(stops, key=lambda stop: (stop.place.aisle, stop.place.shelf))

    def __iter__(self) -> Iterator[Stop]:
        return iter(self.stops)

    def __len__(self) -> int:
        return len(self.stops)

    def length(self) -> float:
        places = [self.TABLE, *(stop.place for stop in self.stops), self.TABLE]
        return sum(a.distance(b) for a, b in itertools.pairwise(places))

    def weight(self) -> float:
        return sum(stop.count * stop.product.weight for stop in self.stops)

    def split(self, longest: float = LONGEST_TOUR) -> list[Tour]:
        """Parts it until no part is longer than somebody may walk."""
        if self.length() <= longest or len(self) < 2:
            return [self]
        middle = len(self) // 2
        first, second = Tour(self.stops[:middle]), Tour(self.stops[middle:])
        return first.split(longest) + second.split(longest)


class Warehouse:
    def __init__(self):
        self.shelves: dict[Place, Shelf] = {}
        self.orders: list[Order] = []
        self.numbers = itertools.count(1)

    def shelf(self, place: Place) -> Shelf:
        if place not in self.shelves:
            self.shelves[place] = Shelf(place)
        return self.shelves[place]

    def store(self, batch: Batch, place: Place) -> None:
        self.shelf(place).put(batch)

    def stock(self, product: Product) -> int:
        return sum(shelf.count(product) for shelf in self.shelves.values())

    def where(self, product: Product) -> list[Shelf]:
        """The shelves that have the product, the nearest to the table first."""
        found = [shelf for shelf in self.shelves.values() if shelf.count(product) > 0]
        return sorted(found, key=lambda shelf: Tour.TABLE.distance(shelf.place))

    def order(self, customer: str, wanted: dict[Product, int], today: date,
              urgency: Urgency = Urgency.NORMAL) -> Order:
        for product, count in wanted.items():
            if self.stock(product) < count:
                raise OutOfStock(product, count, self.stock(product))
        lines = [OrderLine(product, count) for product, count in wanted.items()]
        order = Order(next(self.numbers), customer, lines, today, urgency)
        self.orders.append(order)
        return order

    def open_orders(self) -> list[Order]:
        """Those that are not shipped yet, the most urgent first."""
        waiting = [order for order in self.orders if order.shipped is None]
        return sorted(waiting, key=lambda order: order.due())

    def late_orders(self, today: date) -> list[Order]:
        return [order for order in self.open_orders() if order.is_late(today)]

    def plan(self, order: Order) -> Tour:
        """Where to stop for an order; nothing is taken yet."""
        stops = []
        for line in order.lines:
            left = line.count
            for shelf in self.where(line.product):
                count = min(left, shelf.count(line.product))
                stops.append(Stop(shelf.place, line.product, count))
                left -= count
                if left == 0:
                    break
            if left > 0:
                raise OutOfStock(line.product, line.count, line.count - left)
        return Tour(stops)

    def ship(self, order: Order, today: date) -> list[Tour]:
        tours = self.plan(order).split()
        for stop in itertools.chain.from_iterable(tours):
            self.shelf(stop.place).take(stop.product, stop.count)
        order.shipped = today
        return tours

    def throw_away_old(self, today: date) -> dict[Product, int]:
        """How many of each product were too old, and are gone."""
        thrown: dict[Product, int] = defaultdict(int)
        for shelf in self.shelves.values():
⟨cursor⟩
        return dict(thrown)

    def value(self) -> float:
        """What all that lies here would sell for."""
        return sum(
            batch.count * batch.product.price
            for shelf in self.shelves.values()
            for batch in shelf.batches
        )

    def heaviest(self, count: int = 3) -> list[Shelf]:
        return sorted(self.shelves.values(), key=lambda shelf: shelf.weight(), reverse=True)[:count]


def report(warehouse: Warehouse, today: date) -> str:
    """What the foreman reads in the morning."""
    lines = [f"Warehouse on {today:%d %B %Y}", ""]
    lines.append(f"value of the stock   {warehouse.value():>12,.2f}")
    lines.append(f"orders that wait     {len(warehouse.open_orders()):>12}")
    lines.append(f"orders that are late {len(warehouse.late_orders(today)):>12}")
    for shelf in warehouse.heaviest():
        place = shelf.place
        lines.append(f"aisle {place.aisle}, shelf {place.shelf}: {shelf.weight():.0f} kg")
    return "\n".join(lines)


def main() -> None:
    apples = Product("A-100", "apples", price=0.4, weight=0.18, keeps_days=21)
    pears = Product("P-200", "pears", price=0.6, weight=0.2, keeps_days=14)
    jars = Product("J-300", "jars", price=1.9, weight=0.45)
    today = date(2024, 9, 2)

    warehouse = Warehouse()
    warehouse.store(Batch(apples, 400, today - timedelta(days=20)), Place(0, 3))
    warehouse.store(Batch(apples, 250, today), Place(2, 8))
    warehouse.store(Batch(pears, 180, today - timedelta(days=15)), Place(1, 30))
    warehouse.store(Batch(jars, 90, today), Place(7, 12))

    order = warehouse.order("Mill Lane Bakery", {apples: 500, jars: 12}, today)
    for tour in warehouse.ship(order, today):
        print(f"{len(tour)} stops, {tour.length():.0f} m, {tour.weight():.1f} kg")
    print(report(warehouse, today))


if __name__ == "__main__":
    main()
