"""What the platform knows by itself of the conditions of questions: read in the register of remote accesses.

None means that nobody can tell: the person who answers is then asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from care.domain.frameworks import Framework, Item
from care.domain.questions import Circumstance, Question
from care.domain.remote_access import Service, Technology
from care.services.frameworks.ground import Ground
from care.store.remote_access import RemoteAccess

_WITHOUT_GATEWAY = frozenset({Technology.MODEM, Technology.DIRECT})


def question_of(ground: Ground, framework: Framework, item: Item) -> Question | None:
    """The question of a requirement; None when it has none."""
    questions = ground.platform.kits.questions
    return questions.by_item.get(item.id) if framework.id == questions.framework else None


def seen_of(ground: Ground, circumstance: Circumstance) -> bool | None:
    """Whether it holds, as the register shows; None when the register does not tell."""
    look = _LOOKS.get(circumstance)
    if look is None or not ground.accesses:
        return None
    found = [look(one) for one in ground.accesses]
    if True in found:
        return True
    return None if None in found else False


def _assistance(access: RemoteAccess) -> bool | None:
    return None if access.service is None else access.service is Service.ASSISTANCE


def _no_gateway(access: RemoteAccess) -> bool | None:
    if access.technology in _WITHOUT_GATEWAY:
        return True
    return False if access.gateway or access.technology is Technology.BASTION else None


_LOOKS: Mapping[Circumstance, Callable[[RemoteAccess], bool | None]] = {
    Circumstance.ASSISTANCE: _assistance,
    Circumstance.NO_GATEWAY: _no_gateway,
}
