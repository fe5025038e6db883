from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("client", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("arrival", models.BigIntegerField(db_index=True)),
                ("taken_up", models.BigIntegerField(default=0)),
            ],
        ),
    ]
