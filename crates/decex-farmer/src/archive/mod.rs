//! Blocks in, segments of history out; and back again from any half of their pieces.
