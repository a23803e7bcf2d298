//! The comparison against a model in big integers.
