//! SQLite, PostgreSQL, MySQL and Redis behind the ports of the model.
