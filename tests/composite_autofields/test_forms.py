from django.forms import inlineformset_factory, modelform_factory, modelformset_factory
from django.test import TestCase

from .models import Comment, Tenant, Ticket


class FormTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.tenant = Tenant.objects.create(name="a")

    def test_model_form(self):
        Form = modelform_factory(Ticket, fields="__all__")
        self.assertEqual(list(Form.base_fields), ["tenant", "title", "code"])
        form = Form({"tenant": self.tenant.pk, "title": "one", "id": "77"})
        self.assertIs(form.is_valid(), True, form.errors)
        with self.assertNumQueries(1):
            ticket = form.save()
        self.assertNotEqual(ticket.id, 77)
        self.assertEqual(Ticket.objects.get().pk, ticket.pk)
        form = Form(
            {"tenant": self.tenant.pk, "title": "two", "id": "77"}, instance=ticket
        )
        form.save()
        self.assertEqual(
            Ticket.objects.values_list("id", "title").get(), (ticket.id, "two")
        )

    def test_no_tenant(self):
        form = modelform_factory(Ticket, fields="__all__")({"title": "one"})
        self.assertEqual(form.errors, {"tenant": ["This field is required."]})

    def test_formset(self):
        ticket = Ticket.objects.create(tenant=self.tenant, title="one")
        FormSet = modelformset_factory(Ticket, fields=["tenant", "title"], extra=1)
        data = {
            "form-TOTAL_FORMS": "2",
            "form-INITIAL_FORMS": "1",
            "form-0-pk": str(ticket.pk),
            "form-0-tenant": self.tenant.pk,
            "form-0-title": "changed",
            "form-1-pk": "",
            "form-1-tenant": self.tenant.pk,
            "form-1-title": "two",
        }
        rendered = FormSet(queryset=Ticket.objects.all()).as_p()
        self.assertInHTML(
            f'<input type="hidden" name="form-0-pk" value="[&quot;{self.tenant.pk}'
            f'&quot;, &quot;{ticket.id}&quot;]" id="id_form-0-pk">',
            rendered,
        )
        self.assertNotIn("form-0-id", rendered)
        formset = FormSet(data, queryset=Ticket.objects.all())
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertCountEqual(
            Ticket.objects.values_list("tenant", "title"),
            [(self.tenant.pk, "changed"), (self.tenant.pk, "two")],
        )
        self.assertEqual(Ticket.objects.get(title="changed").pk, ticket.pk)

    def test_inline_formset(self):
        FormSet = inlineformset_factory(
            Ticket, Comment, fields=["text"], fk_name="ticket"
        )
        ticket = Ticket(tenant=self.tenant, title="new")
        data = {
            "comment_set-TOTAL_FORMS": "2",
            "comment_set-INITIAL_FORMS": "0",
            "comment_set-0-text": "first",
            "comment_set-1-text": "second",
        }
        formset = FormSet(data, instance=ticket)
        self.assertIs(formset.is_valid(), True, formset.errors)
        ticket.save()
        formset.save()
        self.assertCountEqual(
            Comment.objects.values_list("ticket_id", "text"),
            [(ticket.id, "first"), (ticket.id, "second")],
        )
        self.assertEqual(Comment.objects.values("id").distinct().count(), 2)
