from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("http4xx_throttling", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="arrival",
            name="steps",
            field=models.BinaryField(null=True),
        ),
    ]
