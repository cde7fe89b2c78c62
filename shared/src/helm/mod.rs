//! What Helm does to the words of a plugin, and the flags it knows.
