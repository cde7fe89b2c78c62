//! Tests against a server that answers as they want.
