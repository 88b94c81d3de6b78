"""Writing the products of a run, many at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from care.domain.alerts import ProductSource
from care.store.alerts import SeenProduct
from care.store.bulk import Columns, Same, load, next_ids
from care.store.runs import Run
from scanners.exchange import NamedProduct


def load_products(session: Session, run: Run, products: Sequence[NamedProduct], source: ProductSource) -> None:
    """Write what a run saw, from `source`; what people declared is said to be so."""
    columns: Columns = {
        "id": next_ids(session, SeenProduct, len(products)),
        "establishment_id": Same(run.establishment_id),
        "target_id": Same(run.target_id),
        "run_id": Same(run.id),
        "product": [one.product for one in products],
        "version": [one.version for one in products],
        "cpe": [one.cpe for one in products],
        "subject": [one.subject for one in products],
        "source": [ProductSource.DECLARED if one.declared else source for one in products],
        "seen_at": Same(run.collected_to),
    }
    load(session, SeenProduct, len(products), columns)
