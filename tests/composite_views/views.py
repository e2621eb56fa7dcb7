from django.contrib.sitemaps import GenericSitemap
from django.contrib.syndication.views import Feed
from django.http import HttpResponse
from django.shortcuts import aget_object_or_404, get_object_or_404
from django.template import engines
from django.views import generic

from .models import Event, Item, Part, Tag


def make_template(source):
    return engines["django"].from_string(source)


class TemplateMixin:
    source = "{{ object.pk }}|{{ object.get_absolute_url }}"

    def get_template_names(self):
        return make_template(self.source)

    def render_to_response(self, context, **kwargs):
        template = make_template(self.source)
        return HttpResponse(template.render(context, self.request))


class ItemDetail(TemplateMixin, generic.DetailView):
    model = Item


class ItemUpdate(TemplateMixin, generic.UpdateView):
    model = Item
    fields = "__all__"
    source = "{{ form.errors }}"


class ItemCreate(ItemUpdate, generic.CreateView):
    def get_object(self):
        return None


class ItemDelete(TemplateMixin, generic.DeleteView):
    model = Item
    success_url = "/done/{name}/"


class ItemDateDetail(TemplateMixin, generic.DateDetailView):
    model = Item
    date_field = "day"
    month_format = "%m"
    allow_future = True


class PartDetail(TemplateMixin, generic.DetailView):
    model = Part


class EventDetail(TemplateMixin, generic.DetailView):
    model = Event
    source = "{% url 'event' object.pk %}"


class TagDetail(TemplateMixin, generic.DetailView):
    model = Tag
    source = "{{ object.pk }}"


def item(request, pk):
    return HttpResponse(get_object_or_404(Item, pk=pk).name)


async def async_item(request, pk):
    obj = await aget_object_or_404(Item.objects.filter(name="x"), pk=pk)
    return HttpResponse(obj.name)


def item_of_members(request, code, number):
    return HttpResponse(get_object_or_404(Item, pk=(code, number)).name)


class ItemFeed(Feed):
    title = link = description = "items"

    def items(self):
        return Item.objects.order_by("pk")

    def item_title(self, item):
        return str(item.pk)

    def item_description(self, item):
        return item.name


sitemaps = {"items": GenericSitemap({"queryset": Item.objects.order_by("pk")})}
