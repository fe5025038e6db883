from __future__ import annotations

from django import forms

from .models import Review


class ReviewForm(forms.ModelForm):
    class Meta:
        model = Review
        fields = ["author", "rating", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
