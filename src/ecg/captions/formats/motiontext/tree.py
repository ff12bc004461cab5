"""A cue's tree of groups and texts, taken apart into blocks that stand on the screen as one.

Texts without a position flow in the nearest group above that has one, or in the root; together they are one
block. Times, text style and the track's style are inherited on the way down. What is never on the screen,
and what is no text, is left out with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ecg.captions.formats.motiontext import keys
from ecg.captions.formats.motiontext.blocks import Block, Text
from ecg.captions.formats.motiontext.layout import Region, is_positioned, locate
from ecg.captions.formats.motiontext.plugins import MAX_EFFECTS, Plugin, read_chain
from ecg.captions.formats.motiontext.style import (
    BOX_KEYS,
    Members,
    box_style,
    inherit,
    keeps_line,
    members_of,
)
from ecg.captions.formats.motiontext.times import Clock, Span, overlap
from ecg.captions.formats.motiontext.tracks import Track
from ecg.captions.formats.motiontext.version import Version
from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings
from ecg.captions.tokens import clean


@dataclass(frozen=True, slots=True)
class Document:
    """What every part of one document is read with."""

    version: Version
    clock: Clock
    stage: Region
    palette: Node | None
    """Colours of speakers, by name."""
    warnings: Warnings


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a node has from above."""

    span: Span
    style: Members
    region: Region
    block: Block
    chain: tuple[Plugin, ...] = ()
    """Effects of groups inside the block, which fall to their texts."""


def read_tree(root: Node, span: Span, track: Track, document: Document) -> list[Block]:
    """The blocks of the tree under `root`, which is shown during `span`, in the order of the document.

    Raises `ScenarioError` with a pointer for whatever has not the shape of a tree.
    """
    block = Block(root.where, placement=track.placement, box=track.box)
    reader = _TreeReader(track, document, [block])
    reader.read(root, _Scope(span, track.style, document.stage, block), is_root=True)
    return [block for block in reader.blocks if block.rows]


@dataclass
class _TreeReader:
    track: Track
    document: Document
    blocks: list[Block] = field(default_factory=list)

    def read(self, node: Node, outer: _Scope, *, is_root: bool = False) -> None:
        keys.report_unknown(node, keys.NODE, self.document.warnings)
        kind = self._kind(node)
        if kind not in ("group", "text"):
            self._leave_out(node, kind)
            return
        own = None if is_root else self.document.clock.own(node, outer.span)
        shown = self._shown(node, own, outer.span)
        if shown is None:
            return
        scope = self._enter(node, replace(outer, span=shown), is_root=is_root)
        chain = self._chain(node, own or outer.span)
        if kind == "text":
            self._read_text(node, replace(scope, chain=(*outer.chain, *chain)[:MAX_EFFECTS]), own)
            return
        if is_root or scope.block is not outer.block:
            scope.block.plugins.extend(chain)
        else:
            scope = replace(scope, chain=(*outer.chain, *chain)[:MAX_EFFECTS])
        self._read_children(node, scope, heads_block=is_root or scope.block is not outer.block)

    def _kind(self, node: Node) -> str | None:
        """group, text, image or video; by its contents where the type is missing or unknown."""
        named = node.get("eType", "e_type", "type")
        if named is not None:
            kind = named.text().strip().lower()
            if kind in ("group", "text", "image", "video"):
                return kind
            self.document.warnings.add(f"the node type {kind[:40]!r} is not known", named.where)
        if node.get("text", "content") is not None:
            return "text"
        return "group" if "children" in node else None

    def _leave_out(self, node: Node, kind: str | None) -> None:
        if kind is None:
            reason = "this node is neither a group nor a text and was left out"
        else:
            what = node.get("src", "alt", "id")
            name = f" {_source(what)!r}" if what else ""
            reason = f"the {kind}{name} is not drawn; images and videos are never fetched"
        self.document.warnings.add(reason, node.where)

    def _shown(self, node: Node, own: Span | None, parent: Span) -> Span | None:
        """When the node is on the screen: never outside its parent's time."""
        if own is None:
            return parent
        shown = overlap(own, parent)
        if own[1] < own[0]:
            reason = f"the node ends ({own[1]:g} s) before it starts ({own[0]:g} s) and was left out"
        elif shown[1] <= shown[0]:
            reason = "the node is never on the screen and was left out"
        else:
            return shown
        self.document.warnings.add(reason, node.where)
        return None

    def _chain(self, node: Node, base: Span) -> tuple[Plugin, ...]:
        return tuple(
            read_chain(node, base, self.document.clock, self.document.palette, self.document.warnings)
        )

    def _enter(self, node: Node, scope: _Scope, *, is_root: bool) -> _Scope:
        """The scope inside `node`: its style over the inherited one, and its own block if it has a
        position."""
        own = members_of(node.get("style"))
        scope = replace(scope, style=inherit(scope.style, own))
        layout = node.get("layout")
        if layout is not None:
            keys.report_unknown(layout, keys.LAYOUT, self.document.warnings)
            if is_positioned(layout):
                scope = self._place(node, layout, scope, is_root=is_root)
            if (z := layout.get("zIndex")) is not None:
                scope.block.layer += round(min(max(z.number(), -1000), 1000))
        self._take_box(node, own, scope.block)
        scope.block.wraps &= not keeps_line(scope.style)
        return scope

    def _place(self, node: Node, layout: Node, scope: _Scope, *, is_root: bool) -> _Scope:
        document = self.document
        spot = locate(
            layout,
            scope.region,
            document.stage,
            version=document.version,
            anchor=self.track.anchor,
            warnings=document.warnings,
        )
        block = scope.block
        if not is_root:
            block = Block(node.where, name=_name(node), layer=block.layer, box=self.track.box)
            self.blocks.append(block)
        block.placement = spot.placement
        return replace(scope, region=spot.region, block=block, chain=())

    def _take_box(self, node: Node, style: Members, block: Block) -> None:
        """A block has one box: the outermost that is described."""
        described = members_of(node.get("boxStyle")) or {k: v for k, v in style.items() if k in BOX_KEYS}
        box = box_style(described, self.document.warnings)
        if box is None:
            return
        if block.box not in (None, self.track.box):
            self.document.warnings.add("a box inside a box is not drawn", node.where)
        else:
            block.box = box

    def _read_children(self, node: Node, scope: _Scope, *, heads_block: bool) -> None:
        column = self._column(node, scope.block, heads_block=heads_block)
        children = node.get("children")
        for child in children.items() if children else []:
            if column:
                scope.block.break_row()
            self.read(child, scope)

    def _column(self, node: Node, block: Block, *, heads_block: bool) -> bool:
        """Whether the children of a group stand one under another."""
        layout = node.get("layout")
        flow = layout.get("childrenLayout") if layout else None
        if flow is not None:
            keys.report_unknown(flow, keys.CHILDREN_LAYOUT, self.document.warnings)
            wrap, direction, mode = (flow.get(key) for key in ("wrap", "direction", "mode"))
            block.wraps &= wrap is None or wrap.value is not False
            said = (direction is not None and direction.value == "vertical") or (
                mode is not None and mode.value == "stack"
            )
        elif heads_block and self.track.column is None:
            return True  # and `row_said` stays False
        else:
            said = bool(self.track.column) if heads_block else False
        block.row_said |= heads_block
        return said

    def _read_text(self, node: Node, scope: _Scope, own: Span | None) -> None:
        content = node.get("text", "content")
        words = clean(content.text()) if content else ""
        if not words.strip():
            self.document.warnings.add("the text is empty", node.where)
            return
        base = node.get("baseTime", "base_time")
        spoken = self.document.clock.span(base) if base else own
        if spoken is not None and spoken[1] < spoken[0]:
            self.document.warnings.add("the base time ends before it starts and was ignored", node.where)
            spoken = None
        scope.block.add(Text(words, scope.span, spoken, scope.style, scope.chain, node.where))


def _name(node: Node) -> str | None:
    found = node.get("id")
    return clean(str(found.value)).strip()[:80] or None if found else None


def _source(what: Node) -> str:
    """The address of a picture, also of an asset object."""
    value = what.value.get("src", "") if isinstance(what.value, dict) else what.value
    return str(value)[:80]
