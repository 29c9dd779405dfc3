"""What each system is told so that it keeps a guardian running: systemd's unit, launchd's list, Windows' task.

Plain text from plain values, standard library only: the packaging writes the very same unit into its package.
"""

from __future__ import annotations

import plistlib
from collections.abc import Sequence
from xml.sax.saxutils import escape

UNIT = "scram-guardian.service"
LABEL = "scram.guardian"
"""What launchd and Windows know it by."""
DESCRIPTION = "Scram guardian: the second process, which can stop when the desk cannot"
AGAIN_AFTER_S = 5


def systemd_unit(command: Sequence[str]) -> str:
    """A unit of the user's own systemd. It is started again whatever it ended of, and asked to end by a signal."""
    return f"""[Unit]
Description={DESCRIPTION}
# A guardian that cannot start is tried again for ever: it may be the network, or a configuration not written yet.
StartLimitIntervalSec=0

[Service]
ExecStart={" ".join(_systemd_word(word) for word in command)}
Restart=always
RestartSec={AGAIN_AFTER_S}
# It writes latches and its log, and nothing else anywhere; new rights it never needs.
NoNewPrivileges=yes
UMask=0077

[Install]
WantedBy=default.target
"""


def _systemd_word(word: str) -> str:
    """Quoted, and with what systemd would replace doubled: https://www.freedesktop.org/software/systemd/man/systemd.service.html"""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if not word or set(word) & set(" \t'\"\\;") else plain


def launchd_list(command: Sequence[str]) -> str:
    """A property list for ~/Library/LaunchAgents."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "KeepAlive": True,
            "ThrottleInterval": AGAIN_AFTER_S,
            "ProcessType": "Interactive",  # else it is slowed down in the background, and a stop with it
            "Umask": 0o077,
        },
        sort_keys=False,
    ).decode()


def windows_task(command: Sequence[str], user: str) -> str:
    """A task for `schtasks /Create /XML`: at the user's log-on, without an end, also on battery."""
    program, arguments = command[0], " ".join(_windows_word(word) for word in command[1:])
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{escape(DESCRIPTION)}</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <UserId>{escape(user)}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{escape(user)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(arguments)}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def _windows_word(word: str) -> str:
    from subprocess import list2cmdline

    return list2cmdline([word])
