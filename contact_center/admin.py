"""Set-up in Django's admin: people, queues and who serves them, numbers, menus, dispositions.

Everybody works within their own organisation: what belongs to another is neither listed nor
offered nor found. Only the person who installed the site, who has no organisation, sees all of
them. What goes on in calls is not edited here; it is changed by services alone.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Count, ForeignKey, Max, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from contact_center.conf import current
from contact_center.models import (
    Agent,
    BreakRule,
    Calendar,
    DispatchLock,
    Disposition,
    Menu,
    MenuChoice,
    MenuVersion,
    PhoneNumber,
    Queue,
    QueueMember,
    Role,
    Team,
    TeamSupervisor,
    Tenant,
    User,
)
from contact_center.services.keeping_queues import inherited
from contact_center.services.making_room import make_room
from contact_center.services.presence import begin_work, break_reasons

admin.site.site_header = gettext_lazy("Set-up")
admin.site.site_title = gettext_lazy("Set-up")
admin.site.index_title = gettext_lazy("People, queues, numbers and menus")
admin.site.unregister(Group)

#: How to get from a table to its organisation.
_TENANT_OF = {
    Agent: "tenant",
    Calendar: "tenant",
    Disposition: "tenant",
    Menu: "tenant",
    MenuVersion: "menu__tenant",
    PhoneNumber: "tenant",
    Queue: "tenant",
    Team: "tenant",
    User: "tenant",
    Tenant: "pk",
}


def tenant_of(request: HttpRequest) -> Tenant | None:
    """Return the organisation of whoever asks; None for the person who installed the site."""
    return request.user.tenant if isinstance(request.user, User) else None


def is_in_charge(request: HttpRequest) -> bool:
    """Whether whoever asks may set things up: an admin of an organisation, or the installer."""
    user = request.user
    if not isinstance(user, User) or not (user.is_active and user.is_staff):
        return False
    return user.role == Role.ADMIN if user.tenant_id is not None else user.is_superuser


class InCharge:
    """May do everything here, or nothing: there are no finer rights yet."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """See the section."""
        return is_in_charge(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Look."""
        return is_in_charge(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Add."""
        return is_in_charge(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Change."""
        return is_in_charge(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Delete; what calls point at is protected by the database."""
        return is_in_charge(request)


class WithinOneTenant:
    """Offer only what belongs to the organisation of whoever asks."""

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Narrow the choices of a reference."""
        tenant = tenant_of(request)
        path = _TENANT_OF.get(db_field.remote_field.model)
        if tenant is not None and path is not None:
            manager = db_field.remote_field.model._default_manager
            kwargs["queryset"] = manager.filter(**{path: tenant.pk if path == "pk" else tenant})
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class SameTenantForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuse to tie together what belongs to different organisations.

    The choices hold nothing else for an admin of one; this is for the person who sees all.
    """

    def clean(self) -> dict[str, Any]:
        """Compare the organisations of everything the form points at."""
        cleaned: dict[str, Any] = super().clean() or {}
        tenants: dict[int, str] = {}
        for name, value in cleaned.items():
            found = value.pk if isinstance(value, Tenant) else getattr(value, "tenant_id", None)
            if isinstance(value, Model) and found is not None:
                tenants.setdefault(found, name)
        own = getattr(self.instance, "tenant_id", None)
        if own is not None and "tenant" not in cleaned:
            tenants.setdefault(own, "")
        if len(tenants) > 1:
            raise ValidationError(gettext("These belong to different organisations."))
        return cleaned


class TenantAdmin(InCharge, WithinOneTenant, admin.ModelAdmin):  # type: ignore[type-arg]
    """A table of which everybody sees their own organisation's rows."""

    form = SameTenantForm
    tenant_path = "tenant"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of the organisation of whoever asks."""
        rows = super().get_queryset(request)
        tenant = tenant_of(request)
        return rows if tenant is None else rows.filter(**{self.tenant_path: tenant})

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the organisation only whom it is not obvious for."""
        exclude = list(super().get_exclude(request, obj) or [])
        return exclude if tenant_of(request) is None else [*exclude, "tenant"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Let a new row belong to the organisation of whoever adds it, before it is checked."""
        form = super().get_form(request, obj, change=change, **kwargs)
        tenant = tenant_of(request)
        if tenant is None or obj is not None or not hasattr(self.model, "tenant"):
            return form

        class OwnForm(form):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.instance.tenant = tenant

            def _get_validation_exclusions(self) -> set[str]:
                # Names are unique within the organisation; without this the check is left out.
                excluded: set[str] = super()._get_validation_exclusions()
                return excluded - {"tenant"}

        return OwnForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the row in the organisation of whoever saves it."""
        tenant = tenant_of(request)
        if tenant is not None and hasattr(obj, "tenant_id"):
            obj.tenant = tenant
        super().save_model(request, obj, form, change)


class TenantInline(WithinOneTenant, InCharge, admin.TabularInline):  # type: ignore[type-arg]
    """Rows that are edited on the page of what they belong to."""

    form = SameTenantForm
    extra = 0


# --- organisations and people ------------------------------------------------------------------


@admin.register(Tenant)
class OrganisationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Organisations. An admin changes what the own one allows; the installer makes them."""

    list_display = ["name", "slug", "private_listening", "created_at"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """See the section."""
        return is_in_charge(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Add; only the person who installed the site."""
        return tenant_of(request) is None and is_in_charge(request)

    def has_view_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        """Look at the own organisation; the installer at all of them."""
        return is_in_charge(request) and (obj is None or tenant_of(request) in (None, obj))

    has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        """Delete; only the person who installed the site."""
        return tenant_of(request) is None and is_in_charge(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        """Return the organisation of whoever asks, or all of them."""
        rows: QuerySet[Tenant] = super().get_queryset(request)
        tenant = tenant_of(request)
        return rows if tenant is None else rows.filter(pk=tenant.pk)

    def get_readonly_fields(self, request: HttpRequest, obj: Tenant | None = None) -> Any:
        """Leave names to the person who installed the site."""
        return [] if tenant_of(request) is None else ["name", "slug"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Tenant | None = None) -> Any:
        """Write the short name along, where it can be written."""
        return {"slug": ["name"]} if tenant_of(request) is None else {}

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        """Give a new organisation the row that its dispatchers lock."""
        super().save_model(request, obj, form, change)
        DispatchLock.objects.get_or_create(tenant=obj)


@admin.register(User)
class PersonAdmin(TenantAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    """People who sign in. Somebody with the role of agent gets a desk."""

    form = UserChangeForm  # type: ignore[assignment]  # a password is shown, never read
    list_display = ["username", "get_full_name", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (gettext_lazy("Work"), {"fields": ["role", "is_active"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
        (gettext_lazy("Person"), {"fields": ["first_name", "last_name", "email", "role"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let the installer choose the organisation, and name other installers."""
        fieldsets = list(super().get_fieldsets(request, obj))
        if tenant_of(request) is None:
            fields = ("tenant",) if obj is None else ("tenant", "is_superuser")
            fieldsets.append((gettext_lazy("Organisation"), {"fields": fields}))
        return fieldsets

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People stay, for their calls name them; switch off "active" instead."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Let admins in here, and give agents a desk with room for their calls."""
        if obj.tenant_id is not None or tenant_of(request) is not None:
            obj.is_staff = obj.role == Role.ADMIN
        super().save_model(request, obj, form, change)
        if obj.role == Role.AGENT and obj.tenant is not None:
            _agent, made = Agent.objects.get_or_create(user=obj, defaults={"tenant": obj.tenant})
            make_room(_agent)
            if made:
                begin_work(agent=_agent)
                self.message_user(
                    request,
                    gettext("%(name)s has a desk now. Choose the queues to serve under Agents.")
                    % {"name": obj.display_name},
                    messages.INFO,
                )


class MembershipInline(TenantInline):
    """Who serves a queue; seen from either side."""

    model = QueueMember


@admin.register(Agent)
class AgentAdmin(TenantAdmin):
    """Agents and the queues they serve. Presence is the agent's own choice."""

    list_display = ["__str__", "team", "serves", "presence", "on_duty_since"]
    list_filter = [("team", admin.RelatedOnlyFieldListFilter)]
    fields = ["user", "team", "max_calls", "presence", "on_duty_since"]
    readonly_fields = ["presence", "on_duty_since"]
    search_fields = ["user__username", "user__first_name", "user__last_name"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        """Return the agents with what the list shows of them."""
        rows = super().get_queryset(request)
        return rows.select_related("user", "team").prefetch_related("queues")

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Say what an empty number of calls means today."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "max_calls":
            default = current().agent.max_concurrent_calls
            said = gettext("Empty: %(default)s, from the settings.") % {"default": default}
            field.help_text = said
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A desk stays with its person."""
        fixed = list(super().get_readonly_fields(request, obj))
        return fixed if obj is None else ["user", *fixed]

    @admin.display(description=gettext_lazy("serves"))
    def serves(self, agent: Agent) -> str:
        """The queues, or what is wrong."""
        names = [queue.name for queue in agent.queues.all()]
        return ", ".join(names) or gettext("no queue: gets no calls")

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        """Give a new agent room for calls; an agent belongs where the person does."""
        if not change and obj.user.tenant is not None:
            obj.tenant = obj.user.tenant
        super().save_model(request, obj, form, change)
        make_room(obj)
        if not change:
            begin_work(agent=obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Desks stay, for calls name them."""
        return False


class BreakRuleForm(SameTenantForm):
    """How long a type of break may last; the types are those of the settings."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = break_reasons()
        kept = self.instance.code
        if kept and kept not in offered:
            offered[kept] = gettext("%(code)s (not offered any more)") % {"code": kept}
        self.fields["code"] = forms.ChoiceField(
            label=gettext_lazy("Break"), choices=list(offered.items())
        )


@admin.register(BreakRule)
class BreakRuleAdmin(TenantAdmin):
    """How long each type of break may last, and what happens then."""

    form = BreakRuleForm
    list_display = ["label", "most_minutes", "after"]

    @admin.display(description=gettext_lazy("break"))
    def label(self, rule: BreakRule) -> str:
        """What agents call it."""
        return break_reasons().get(rule.code, rule.code)


# --- teams ---------------------------------------------------------------------------------------


class TeamForm(SameTenantForm):
    """A team, and who is in it."""

    agents = forms.ModelMultipleChoiceField(
        Agent.objects.select_related("user").order_by("user__first_name", "user__username"),
        required=False,
        label=gettext_lazy("Agents"),
        help_text=gettext_lazy("An agent of another team leaves that one: there is one for each."),
        widget=forms.CheckboxSelectMultiple,
    )

    #: The organisation of whoever asks; None for the installer.
    within: Tenant | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents: Any = self.fields["agents"]
        if self.within is not None:
            agents.queryset = agents.queryset.filter(tenant=self.within)
        if self.instance.pk:
            agents.initial = self.instance.agents.all()

    def clean(self) -> dict[str, Any]:
        """Refuse agents of another organisation; the list has none for an admin of one."""
        cleaned = super().clean()
        tenant = cleaned.get("tenant") or getattr(self.instance, "tenant", None)
        if tenant is not None and any(
            agent.tenant_id != tenant.pk for agent in cleaned.get("agents", ())
        ):
            raise ValidationError(gettext("These belong to different organisations."))
        return cleaned


class TeamSupervisorInline(TenantInline):
    """Who supervises a team, and from then on sees what concerns it alone."""

    model = TeamSupervisor
    verbose_name_plural = gettext_lazy(
        "Supervisors. Who supervises teams sees these alone; who supervises none sees everybody."
    )

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer supervisors: an admin sees everything anyway, and an agent nothing."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "user" and field is not None:
            field.queryset = field.queryset.filter(role=Role.SUPERVISOR)
        return field


@admin.register(Team)
class TeamAdmin(TenantAdmin):
    """Teams: who is in them, and who supervises them."""

    form = TeamForm
    list_display = ["name", "agents_count", "supervised_by"]
    inlines = [TeamSupervisorInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        """Return the teams with what the list shows of them."""
        rows: QuerySet[Team] = super().get_queryset(request)
        return rows.annotate(n_agents=Count("agents", distinct=True)).prefetch_related(
            "supervisors__user"
        )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Offer the agents of the organisation of whoever asks."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"within": tenant_of(request)})

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        """Write down who is in the team."""
        super().save_model(request, obj, form, change)
        chosen = form.cleaned_data.get("agents")
        if chosen is not None:
            obj.agents.exclude(pk__in=chosen).update(team=None)
            Agent.objects.filter(tenant=obj.tenant, pk__in=chosen).update(team=obj)

    @admin.display(description=gettext_lazy("agents"))
    def agents_count(self, team: Any) -> int:
        """How many agents are in it."""
        return int(team.n_agents)

    @admin.display(description=gettext_lazy("supervised by"))
    def supervised_by(self, team: Team) -> str:
        """Who supervises it."""
        return ", ".join(one.user.display_name for one in team.supervisors.all()) or "—"


# --- queues --------------------------------------------------------------------------------------


@admin.register(Queue)
class QueueAdmin(TenantAdmin):
    """Lines of callers. An empty field follows the setting, which the form shows."""

    list_display = ["name", "shown_priority", "shown_ring_seconds", "members_count", "reached_by"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        """Return the queues with what the list shows of them."""
        rows: QuerySet[Queue] = super().get_queryset(request).prefetch_related("numbers")
        return rows.annotate(n_members=Count("members", distinct=True))

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Say in each field that may be empty what empty means today."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        default = inherited().get(db_field.name)
        if field is not None and default is not None:
            said = gettext("Empty: %(default)s, from the settings.") % {"default": default}
            field.help_text = f"{field.help_text} {said}".strip()
        return field

    @admin.display(description=gettext_lazy("priority"))
    def shown_priority(self, queue: Queue) -> str:
        """The priority, or the setting's."""
        return _or_default(queue.priority, "priority")

    @admin.display(description=gettext_lazy("ring time"))
    def shown_ring_seconds(self, queue: Queue) -> str:
        """The ring time in seconds, or the setting's."""
        return _or_default(queue.ring_seconds, "ring_seconds")

    @admin.display(description=gettext_lazy("agents"))
    def members_count(self, queue: Any) -> int:
        """How many agents serve it."""
        return int(queue.n_members)

    @admin.display(description=gettext_lazy("rung directly by"))
    def reached_by(self, queue: Queue) -> str:
        """The numbers that lead straight here."""
        return ", ".join(number.e164 for number in queue.numbers.all()) or "—"


def _or_default(value: int | None, name: str) -> str:
    if value is not None:
        return str(value)
    return gettext("default (%(default)s)") % {"default": inherited()[name]}


@admin.register(Disposition)
class DispositionAdmin(TenantAdmin):
    """What a call can come to, for one queue or for all."""

    list_display = ["label", "queue", "position", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["queue"]


# --- numbers and menus -------------------------------------------------------------------------


class PhoneNumberForm(SameTenantForm):
    """A number leads somewhere, and to one place."""

    def clean(self) -> dict[str, Any]:
        """Refuse a number that leads nowhere or to two places."""
        cleaned = super().clean()
        places = [name for name in ("menu", "queue", "is_room") if cleaned.get(name)]
        if not places:
            raise ValidationError(gettext("Choose a menu or a queue: the number leads nowhere."))
        if len(places) > 1:
            raise ValidationError(gettext("Choose one place: the number cannot lead to two."))
        return cleaned


@admin.register(PhoneNumber)
class PhoneNumberAdmin(TenantAdmin):
    """The numbers that customers ring, and where each leads."""

    form = PhoneNumberForm
    list_display = ["e164", "label", "menu", "queue", "is_room", "may_be_shown"]
    list_select_related = ["menu", "queue"]
    search_fields = ["e164", "label"]


class VersionInline(TenantInline):
    """The versions of a menu, to be seen; each is edited on its own page."""

    model = MenuVersion
    fields = ["number", "language", "greeting", "published_at"]
    readonly_fields = ["number", "language", "greeting", "published_at"]
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A version is added on its own page, or copied from another."""
        return False


@admin.register(Menu)
class MenuAdmin(TenantAdmin):
    """Menus. What callers hear stands in the newest published version."""

    list_display = ["name", "live_version"]
    inlines = [VersionInline]

    @admin.display(description=gettext_lazy("callers hear"))
    def live_version(self, menu: Menu) -> str:
        """The newest version that was published."""
        live = menu.versions.exclude(published_at=None).order_by("-number").first()
        return str(live) if live else gettext("nothing: no version is published")


class ChoiceInline(TenantInline):
    """The keys of a version."""

    model = MenuChoice

    def _may_edit(self, request: HttpRequest, obj: MenuVersion | None = None) -> bool:
        return is_in_charge(request) and (obj is None or obj.published_at is None)

    has_add_permission = _may_edit
    has_change_permission = _may_edit
    has_delete_permission = _may_edit


class MenuVersionForm(SameTenantForm):
    """A version of a menu is in a language that callers may choose."""

    def clean_language(self) -> str:
        """Refuse a language that is not among IVR.SUPPORTED_LANGUAGES."""
        language: str = self.cleaned_data["language"]
        supported = dict(current().ivr.supported_languages)
        if language and language not in supported:
            raise ValidationError(
                gettext("%(language)s is not spoken here. Write one of %(list)s, or nothing.")
                % {"language": language, "list": ", ".join(supported)}
            )
        return language


@admin.register(MenuVersion)
class MenuVersionAdmin(TenantAdmin):
    """One state of a menu. A published one stays as it is: calls go through it and keep it."""

    form = MenuVersionForm
    tenant_path = "menu__tenant"
    list_display = ["__str__", "published_at"]
    list_filter = ["menu"]
    list_select_related = ["menu"]
    exclude = ["number"]
    readonly_fields = ["published_at"]
    save_as = True
    inlines = [ChoiceInline]
    actions = ["publish"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft may be changed; a published version may be looked at and copied."""
        # Django asks the same question about the list and about "Save as new", which has no draft.
        copied = request.method == "POST" and "_saveasnew" in request.POST
        return is_in_charge(request) and (obj is None or obj.published_at is None or copied)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft may go."""
        return is_in_charge(request) and (obj is None or obj.published_at is None)

    def get_actions(self, request: HttpRequest) -> Any:
        """Without "delete selected", which would ask about each row by itself."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def save_model(self, request: HttpRequest, obj: MenuVersion, form: Any, change: bool) -> None:
        """Number a new version after the last one of its menu."""
        if not change:
            last = MenuVersion.objects.filter(menu=obj.menu).aggregate(last=Max("number"))["last"]
            obj.number = (last or 0) + 1
            obj.published_at = None
        super().save_model(request, obj, form, change)

    @admin.action(description=gettext_lazy("Publish: callers hear it from now on"))
    def publish(self, request: HttpRequest, queryset: QuerySet[MenuVersion]) -> None:
        """Publish the chosen drafts that have a key or a queue to fall back to."""
        published = 0
        for version in queryset.filter(published_at=None):
            if not version.choices.exists() and version.fallback_queue_id is None:
                self.message_user(
                    request,
                    gettext("%(version)s leads nowhere. Give it a key or a fallback queue.")
                    % {"version": version},
                    messages.ERROR,
                )
                continue
            version.published_at = timezone.now()
            version.save(update_fields=["published_at"])
            published += 1
        if published:
            self.message_user(
                request,
                ngettext("%d version is live.", "%d versions are live.", published) % published,
            )
