//! Placeholder until the tables are in.
