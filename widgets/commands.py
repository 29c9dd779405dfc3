"""Everything that can be asked of the desk by a name or by a key, in one table.

The palette offers it, the window's shortcuts are made from it, and the page Help lists its keys. A new command is one
more line in `COMMANDS`: say where its action, its button or its method is found, and it is offered, shown and tested.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QWidget

from widgets import nav
from widgets.mute_button import CHORD as MUTE_CHORD
from widgets.settings import THEMES
from widgets.stop_button import CHORD as STOP_CHORD

if TYPE_CHECKING:
    from widgets.desk import Desk
    from widgets.event_table import EventTable


class Group(enum.StrEnum):
    """The headings under which commands and keys are listed, in their order."""

    STOP = "Stop"
    PAGES = "Pages"
    EVENTS = "Events"
    MITIGATIONS = "Mitigations"
    LIMITS = "Limits"
    SCOPES = "Scopes"
    CONNECTIONS = "Connections"
    DESK = "Desk"
    LAYOUT = "Panels and windows"
    TABLES = "Tables"


class Hands(Protocol):
    """What a command may reach: the desk, and what only the window around it can do."""

    @property
    def desk(self) -> Desk: ...

    def used(self, words: str) -> None:
        """A command was asked for by name."""
        ...

    def open_palette(self) -> None: ...

    def find_scope(self) -> None: ...

    def show_help(self) -> None: ...

    def lock(self) -> None: ...

    def undo(self) -> None: ...

    def redo(self) -> None: ...

    def arrange_panels(self) -> None: ...

    def float_panel(self) -> None: ...

    def tab_panel(self) -> None: ...

    def close_panel(self) -> None: ...

    def own_window(self) -> None: ...

    def save_workspace(self) -> None: ...

    def choose_workspace(self) -> None: ...

    def delete_workspace(self) -> None: ...

    def reset_layout(self) -> None: ...

    def quit(self) -> None: ...

    def choose_theme(self, name: str) -> None: ...


Act = QAction | QAbstractButton | Callable[[], None]
Find = Callable[[Hands], Act]


@dataclass(frozen=True, slots=True)
class Command:
    words: str
    group: Group
    does: str
    """One sentence."""
    find: Find | None = None
    """Where it is done: an action, a button, or what to call. None: a key that means something in one place only."""
    keys: str = ""
    """As `QKeySequence` reads them."""
    also: str = ""
    """Other keys for the same."""
    when: str = ""
    """When it is possible, in words; "" where it always is."""
    place: str = ""
    """Where its keys hold; "" in the whole window."""
    bound: bool = False
    """The part that does it listens for the keys by itself; otherwise the window does."""

    @property
    def shown_keys(self) -> str:
        """As this system writes them: `Ctrl+K or Ctrl+Shift+P`."""
        return " or ".join(native(keys) for keys in (self.keys, self.also) if keys)


def native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def offered(act: Act) -> bool:
    """Whether it has a meaning on what is shown now: a page's own acts have none on another page."""
    if isinstance(act, QAction):
        owner = act.parent()
        return not isinstance(owner, QWidget) or owner.isVisible()
    return act.isVisible() if isinstance(act, QAbstractButton) else True


def possible(act: Act) -> bool:
    return act.isEnabled() if isinstance(act, QAction | QAbstractButton) else True


def perform(act: Act) -> None:
    """As a click or its keys do."""
    if isinstance(act, QAction):
        act.trigger()
    elif isinstance(act, QAbstractButton):
        act.click()
    else:
        act()


def _events(hands: Hands) -> EventTable:
    """The table of events that is shown: on the overview there is one, too."""
    few = hands.desk.overview.events
    return few if few.isVisible() else hands.desk.events.list


def _page(place: int) -> Command:
    text = nav.PAGES[place]
    return Command(
        f"Go to {text}", Group.PAGES, f"Shows the page {text}.", lambda hands: hands.desk.nav.buttons[place],
        nav.page_key(place), bound=True,
    )  # fmt: skip


def _theme(name: str, words: str) -> Command:
    return Command(
        f"Theme: {words[:1].lower()}{words[1:]}", Group.DESK, "Colours of the whole desk.",
        lambda hands: partial(hands.choose_theme, name),
    )  # fmt: skip


COMMANDS: tuple[Command, ...] = (
    Command(
        "Stop all", Group.STOP, "Fires the stop, at once and without a question, from wherever the keyboard is.",
        lambda hands: hands.desk.header.stop, STOP_CHORD, bound=True,
    ),
    *map(_page, range(len(nav.PAGES))),

    Command("Acknowledge event", Group.EVENTS, "Says that somebody has seen the chosen events.",
            lambda hands: _events(hands).acknowledge, "A",
            when="a chosen event asks for it", place="Events", bound=True),
    Command("Approve plan of event", Group.EVENTS, "Sets the plan going that waits for the chosen event.",
            lambda hands: _events(hands).approve, "Ctrl+Return",
            when="a plan waits for the chosen event", place="Events", bound=True),
    Command("Reject plan of event", Group.EVENTS, "Turns down the plan that waits for the chosen event.",
            lambda hands: _events(hands).reject, "Ctrl+Backspace",
            when="a plan waits for the chosen event", place="Events", bound=True),
    Command("Open event", Group.EVENTS, "Shows what the chosen event means, its guidance and its past.",
            lambda hands: _events(hands).details, "Return",
            when="an event is chosen", place="Events", bound=True),
    Command("Open scope of event", Group.EVENTS, "Goes to the page of the scope that the chosen event is about.",
            lambda hands: _events(hands).scope, "O",
            when="an event is chosen", place="Events", bound=True),
    Command("Open or shut group", Group.EVENTS, "Shows the events of a group one by one, or as one row.",
            lambda hands: _events(hands).group, "G",
            when="a group is chosen", place="Events", bound=True),
    Command("Shelve event…", Group.EVENTS, "Puts the chosen events aside for a while.",
            lambda hands: _events(hands).shelve, "H",
            when="an open event is chosen", place="Events", bound=True),
    Command("Unshelve event", Group.EVENTS, "Takes the chosen events back from where they were put aside.",
            lambda hands: _events(hands).unshelve, "U",
            when="a shelved event is chosen", place="Events", bound=True),
    Command("Resolve event…", Group.EVENTS, "Closes events that have cleared, with a reason.",
            lambda hands: _events(hands).resolve, "R",
            when="a cleared event is chosen", place="Events", bound=True),

    Command("Approve plan", Group.MITIGATIONS, "Sets the chosen plan going, as it is shown.",
            lambda hands: hands.desk.mitigations.list.approve, "Ctrl+Return",
            when="a waiting plan is chosen", place="Mitigations", bound=True),
    Command("Reject plan", Group.MITIGATIONS, "Turns the chosen plan down.",
            lambda hands: hands.desk.mitigations.list.reject, "Ctrl+Backspace",
            when="a waiting plan is chosen", place="Mitigations", bound=True),
    Command("Leave position out of plan", Group.MITIGATIONS, "Takes the chosen cut out of the plan that is edited.",
            keys="Delete", place="Cuts of a plan", bound=True),
    Command("Change cut of plan", Group.MITIGATIONS, "Edits how much of the chosen position is cut.",
            keys="E", place="Cuts of a plan", bound=True),

    Command("New limit", Group.LIMITS, "Sets a limit on a scope, a group or a pattern.",
            lambda hands: hands.desk.limits.list.new, "Ctrl+N", place="Limits", bound=True),
    Command("Assign a profile", Group.LIMITS, "Gives scopes a profile of the file, or a template that comes along.",
            lambda hands: hands.desk.limits.list.assign, "Ctrl+Shift+N", place="Limits", bound=True),
    Command("Apply change of limits", Group.LIMITS, "Writes what is typed into the configuration, as it was tried out.",
            lambda hands: hands.desk.limits.editor.apply, "Ctrl+Return", also="Ctrl+Enter",
            when="a change was tried out", place="Limits", bound=True),
    Command("Undo change of limits…", Group.LIMITS, "Takes a change of the past back, after a look at what that does.",
            lambda hands: hands.desk.limits.past.undo, "U",
            when="a change that can be undone is chosen", place="Changes of limits", bound=True),

    Command("Find account, venue or strategy…", Group.SCOPES, "Opens the page of a scope by a few letters of its name.",
            lambda hands: hands.find_scope, "Ctrl+P"),
    Command("Choose columns", Group.SCOPES, "Chooses which metrics the table of scopes shows.",
            lambda hands: hands.desk.scopes.choose, "Alt+C", place="Scopes", bound=True),
    Command("Scopes as a tree", Group.SCOPES, "Puts accounts under their venues and strategies under accounts, or not.",
            lambda hands: hands.desk.scopes.bar.tree, "Alt+T", place="Scopes", bound=True),
    Command("Views of the scopes", Group.SCOPES, "Offers the views of the table, and keeps what is shown as one.",
            lambda hands: hands.desk.scopes.views, "Alt+V", place="Scopes", bound=True),
    Command("Export scopes…", Group.SCOPES, "Writes what the table of scopes shows as CSV or Parquet.",
            lambda hands: hands.desk.scopes.bar.export, place="Scopes", bound=True),
    Command("Copy rows as numbers", Group.SCOPES, "Puts the chosen rows on the clipboard, in full precision.",
            keys="Ctrl+C", place="Table of scopes", bound=True),
    Command("Copy rows as shown", Group.SCOPES, "Puts the chosen rows on the clipboard as the screen has them.",
            keys="Ctrl+Shift+C", place="Table of scopes", bound=True),
    Command("Open a row of the tree", Group.SCOPES, "Shows what is under it; * opens all rows.",
            keys="+", also="Right", place="Tree of scopes", bound=True),
    Command("Shut a row of the tree", Group.SCOPES, "Hides what is under it, or goes to the row above.",
            keys="-", also="Left", place="Tree of scopes", bound=True),
    Command("Offer words of a filter", Group.SCOPES, "Says what may follow; Tab takes the first, arrows choose.",
            keys="Ctrl+Space", place="Filter of scopes", bound=True),
    Command("Back", Group.SCOPES, "Goes back to where the page of a scope was opened from.",
            lambda hands: hands.desk.page.back, "Alt+Left", also="Esc", place="Page of a scope", bound=True),
    Command("Draft a plan", Group.SCOPES, "Chooses positions of this scope to cut, and shows what that would do.",
            lambda hands: hands.desk.page.plan, "Alt+P", place="Page of a scope", bound=True),

    Command("Connect chosen accounts anew", Group.CONNECTIONS, "What acts and stops is not touched.",
            lambda hands: hands.desk.connections.again, "Alt+R",
            when="an account is chosen", place="Connections", bound=True),

    Command("Block this scope", Group.SCOPES, "Cancels what rests and what appears in it, sparing what only reduces.",
            lambda hands: hands.desk.page.controls.block.button,
            when="it is not blocked yet", place="Page of a scope", bound=True),
    Command("Let this scope only reduce", Group.SCOPES, "Cancels what could open or enlarge a position in it.",
            lambda hands: hands.desk.page.controls.reduce.button,
            when="it is not stopped yet", place="Page of a scope", bound=True),
    Command("Flatten this scope…", Group.SCOPES, "Shows what closing its positions under its stop would cost.",
            lambda hands: hands.desk.page.controls.flatten.button,
            when="it is stopped", place="Page of a scope", bound=True),
    Command("Stop this scope", Group.SCOPES, "Fires its stop, at once and without a question.",
            lambda hands: hands.desk.page.controls.stop.button, place="Page of a scope", bound=True),

    Command("Verify the journal", Group.DESK, "Recomputes the whole chain, and says whether it is what was written.",
            lambda hands: hands.desk.journal.check.check, "Alt+V", place="Journal", bound=True),
    Command("Export the journal…", Group.DESK, "Writes the records that are searched for to a file.",
            lambda hands: hands.desk.journal.file.button, place="Journal", bound=True),

    Command("Find and do anything…", Group.DESK, "Opens this list: commands, scopes, open events and plans.",
            lambda hands: hands.open_palette, nav.FIND_KEYS, also="Ctrl+Shift+P"),
    Command("Connect another account…", Group.DESK, "Tests the keys of one more account, and adds it to the desk.",
            lambda hands: hands.desk.connect_account, when="the desk was not started as a demo"),
    Command("Help", Group.DESK, "Explains the metric under the cursor, or opens the page of metrics and keys.",
            lambda hands: hands.show_help, "F1"),
    Command("Mute alarms, or sound on", Group.DESK, "Turns the sound of alarms off for 15 minutes, or on again.",
            lambda hands: hands.desk.status.mute.toggle_sound, MUTE_CHORD, bound=True),
    Command("Lock the desk", Group.DESK, "Takes no act any more but the stop, until somebody gives the PIN.",
            lambda hands: hands.lock, "Ctrl+L"),
    Command("Undo", Group.DESK, "Takes back what was done to the desk last: layouts, columns, mutes, what was shelved.",
            lambda hands: hands.undo, "Ctrl+Z"),
    Command("Redo", Group.DESK, "Does again what was taken back last.",
            lambda hands: hands.redo, "Ctrl+Shift+Z"),
    *(_theme(name, words) for name, words in THEMES),
    Command("Quit Scram", Group.DESK, "Ends the desk in order; what is stopped stays stopped.",
            lambda hands: hands.quit, "Ctrl+Q"),

    Command("Arrange panels", Group.LAYOUT, "Gives panels of the overview titles to be moved by, or takes them away.",
            lambda hands: hands.arrange_panels, "Ctrl+Shift+A"),
    Command("Float panel, or dock it again", Group.LAYOUT, "The panel that has the keyboard gets a window of its own.",
            lambda hands: hands.float_panel, "Ctrl+Shift+F"),
    Command("Put panel behind its neighbour", Group.LAYOUT, "The panel that has the keyboard becomes a tab.",
            lambda hands: hands.tab_panel, "Ctrl+Shift+T"),
    Command("Close panel", Group.LAYOUT, "Closes the panel that has the keyboard; it comes back by its name here.",
            lambda hands: hands.close_panel, "Ctrl+Shift+W"),
    Command("Page in a window of its own, or back", Group.LAYOUT, "For another monitor; that window has a stop, too.",
            lambda hands: hands.own_window, "Ctrl+Shift+D"),
    Command("Save workspace as…", Group.LAYOUT, "Keeps panels, page and windows as they are now under a name.",
            lambda hands: hands.save_workspace, "Ctrl+Shift+S"),
    Command("Go to workspace…", Group.LAYOUT, "Arranges panels, page and windows as they were saved.",
            lambda hands: hands.choose_workspace, "Ctrl+Shift+O"),
    Command("Delete workspace…", Group.LAYOUT, "Forgets a saved one; this can be undone.",
            lambda hands: hands.delete_workspace),
    Command("Reset layout", Group.LAYOUT, "Panels and windows as the desk came.",
            lambda hands: hands.reset_layout, "Ctrl+Shift+R"),

    Command("Open what is chosen", Group.TABLES, "As a double click does.", keys="Return", place="Tables", bound=True),
    Command("Sort by this column", Group.TABLES, "The largest first, then the smallest, then not by it any more.",
            keys="S", place="Table of scopes", bound=True),
    Command("Close", Group.TABLES, "Closes what stands in front, or leaves what is being edited.",
            keys="Esc", place="Panes and forms", bound=True),
)  # fmt: skip
"""In the order in which they are listed."""


def runnable(commands: Iterable[Command] = COMMANDS) -> tuple[Command, ...]:
    """Those that can be asked for by name."""
    return tuple(command for command in commands if command.find is not None)


def with_keys(commands: Iterable[Command] = COMMANDS) -> dict[Group, tuple[Command, ...]]:
    """By heading: those that have keys, for a list of keys."""
    found = tuple(command for command in commands if command.keys)
    groups = {group: tuple(command for command in found if command.group is group) for group in Group}
    return {group: rows for group, rows in groups.items() if rows}
