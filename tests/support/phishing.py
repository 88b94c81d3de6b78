"""Exports of tools of phishing tests, made up: nobody in them exists."""

from __future__ import annotations

GOPHISH_HEADS = "id,status,ip,latitude,longitude,send_date,reported,modified_date,email,first_name,last_name,position"


def gophish(people: list[tuple[str, str, bool, str]]) -> bytes:
    """GoPhish “Results”: (address, status, reported, position)."""
    lines = [
        f"r{n},{status},192.0.2.1,0,0,2026-02-{1 + n % 9:02}T08:00:00Z,{str(told).lower()},"
        f"2026-02-10T08:00:00Z,{mail},Prénom{n},Nom{n},{position}"
        for n, (mail, status, told, position) in enumerate(people)
    ]
    return "\n".join([GOPHISH_HEADS, *lines]).encode()


def crowd() -> list[tuple[str, str, bool, str]]:
    """Twelve nurses, six technicians, two directors: three clicked, one typed something in, four told."""
    found = [(f"ide{n}@hopital.test", "Email Sent", False, "Infirmier") for n in range(12)]
    found += [(f"tech{n}@hopital.test", "Email Opened", n < 4, "Technicien") for n in range(6)]
    found += [
        ("dg@hopital.test", "Email Sent", False, "Direction"),
        ("dga@hopital.test", "Clicked Link", False, "Direction"),
    ]
    found[0] = (found[0][0], "Clicked Link", False, found[0][3])
    found[1] = (found[1][0], "Submitted Data", False, found[1][3])
    return found
