"""The data room: sources, how they are fetched and verified, their readers, and the embedded baseline."""

from __future__ import annotations

from kedge.data.catalogue import Source, cite, find_source, load_catalogue

__all__ = ["Source", "cite", "find_source", "load_catalogue"]
