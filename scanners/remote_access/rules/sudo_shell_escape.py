"""Editors, pagers and interpreters run as root open a root shell: the right is a right to everything.

The list holds programs known to run commands from inside; `sudoedit` and NOEXEC exist for the honest cases.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import granted, subject

ESCAPING = frozenset(
    {
        *("vi", "vim", "nano", "emacs", "ed", "less", "more", "man", "view", "systemctl", "journalctl", "find", "awk"),
        *("perl", "python", "python3", "ruby", "bash", "sh", "dash", "zsh", "tar", "rsync", "ssh", "scp", "tcpdump"),
        *("env", "gdb", "strace", "git", "mysql", "psql", "ftp", "docker", "crontab", "tee", "dd", "cp", "chmod"),
    }
)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Sudo rights on a program from which a shell can be opened."""
    rights = granted(facts)
    return judged(
        len(rights),
        (
            Finding(subject(facts, right.who), {"command": command, "source": right.source, "line": right.line})
            for right in rights
            for command in right.commands
            if command.split()[0].rpartition("/")[2] in ESCAPING
        ),
    )


RULE = Rule(
    id="remote_access.sudo_shell_escape",
    title=Text("Droit sudo qui mène à un shell", "Sudo right that leads to a shell"),
    message=Text(
        "{subject} peut lancer « {command} » en tant que root et en sortir par un shell ({source}, ligne {line}).",
        "{subject} may run “{command}” as root and leave it through a shell ({source}, line {line}).",
    ),
    remediation=Text(
        "Préférez « sudoedit » pour un fichier à modifier, une option sans pagineur, ou un script de root sans "
        "argument ; essayez avec l’utilisateur avant de retirer l’ancien droit.",
        "Prefer `sudoedit` for a file to change, an option without pager, or a root-owned script without arguments; "
        "try it with the user before removing the old right.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R24", "attack:T1548.003"),
    check=check,
    reads=("sudo",),
)
