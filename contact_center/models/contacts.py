"""Whom the organisation knows: contacts, and the numbers by which they are recognised."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contact_center.models.people import User
from contact_center.models.tenants import Tenant


class ContactTag(models.Model):
    """A word by which contacts are told apart, like "Press" or "Pays late"."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="contact_tags")
    name = models.CharField(_("name"), max_length=40)

    class Meta:
        verbose_name = _("contact tag")
        verbose_name_plural = _("contact tags")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="contact_tag_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """Somebody who calls, or is called: shared by everybody, or one person's own."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="contacts")
    #: Whose own it is; empty: everybody's.
    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="own_contacts"
    )
    name = models.CharField(_("name"), max_length=120)
    company = models.CharField(_("company"), max_length=120, blank=True, default="")
    email = models.EmailField(_("e-mail"), max_length=200, blank=True, default="")
    notes = models.TextField(_("notes"), max_length=4000, blank=True, default="")
    tags = models.ManyToManyField(ContactTag, related_name="contacts", blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["tenant", "name"], name="contact_by_name")]

    def __str__(self) -> str:
        return self.name


class ContactNumber(models.Model):
    """A number of a contact, as E.164 writes it: +14155550142.

    A number leads to one shared contact, and besides to one of each person's own. Tenant and owner
    are the contact's, written here, too, so that the database can see to it.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="numbers")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    number = models.CharField(_("number"), max_length=16)
    label = models.CharField(_("label"), max_length=30, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("number of a contact")
        verbose_name_plural = _("numbers of contacts")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "number"],
                condition=Q(owner__isnull=True),
                name="number_leads_to_one_shared_contact",
            ),
            models.UniqueConstraint(
                fields=["owner", "number"],
                condition=Q(owner__isnull=False),
                name="number_leads_to_one_own_contact",
            ),
        ]

    def __str__(self) -> str:
        return self.number
