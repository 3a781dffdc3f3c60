"""How Alembic reaches the database: through the connection, and the transaction, of `wfm.core.migrations`."""

from alembic import context

from wfm.core import db

context.configure(connection=context.config.attributes["connection"], target_metadata=db.Base.metadata)
with context.begin_transaction():
    context.run_migrations()
