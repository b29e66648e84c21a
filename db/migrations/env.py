"""Alembic's entry: over a connection that leakwatch.store hands in, or by the `alembic` command on the database that
`-x db=URL` or LEAKWATCH_DB names (else the default one)."""

from alembic import context

from leakwatch.store.engine import database_url, make_engine
from leakwatch.store.tables import metadata


def run(connection) -> None:
    """Run the migrations asked for; batch mode, because SQLite cannot alter a column in place."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
elif context.is_offline_mode():
    url = database_url(context.get_x_argument(as_dictionary=True).get("db"))
    context.configure(url=url, target_metadata=metadata, literal_binds=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    url = database_url(context.get_x_argument(as_dictionary=True).get("db"))
    with make_engine(url, create=True).execution_options(writing=True).begin() as own:
        run(own)
