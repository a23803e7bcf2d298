//! The parameters of a domain, checked as a set.
