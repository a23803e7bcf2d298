//! Sectors on disk: plotted, checked, audited, proven from.
