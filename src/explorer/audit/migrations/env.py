"""Run by Alembic: the migrations, on the connection that `explorer.audit.migrating` gives."""

from alembic import context

from explorer.audit.schema import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
