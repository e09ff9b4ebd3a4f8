"""Signing in and out, the password, and where each role begins."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contact_center.errors import NotAllowed
from contact_center.models import User
from contact_center.selectors import access
from contact_center.services import presence

LONGEST_PASSWORD = 256


class SignInForm(forms.Form):
    """A username and a password. Whether they match is asked of the backends, once."""

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        widget=forms.TextInput(
            attrs={
                "class": "input",
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
        error_messages={
            "required": _("Write your username."),
            "max_length": _("A username has at most %(limit_value)d letters. Check it."),
        },
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(
            attrs={"class": "input", "autocomplete": "current-password"}, render_value=False
        ),
        error_messages={
            "required": _("Write your password."),
            "max_length": _("A password has at most %(limit_value)d letters. Check it."),
        },
    )


class ChangePasswordForm(PasswordChangeForm):
    """The old password once, the new one twice, in our looks and with a limit on length."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"
        self.fields["old_password"].label = _("Present password")
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = _(
            "At least 8 characters, not only digits, not one that everybody uses."
        )
        self.fields["new_password2"].label = _("New password again")
        self.fields["new_password2"].help_text = ""

    def clean_new_password1(self) -> str:
        """Refuse what nobody types by hand. Raises ValidationError."""
        password: str = self.cleaned_data["new_password1"]
        if len(password) > LONGEST_PASSWORD:
            raise forms.ValidationError(
                _("A password has at most %(limit)d letters. Choose a shorter one."),
                params={"limit": LONGEST_PASSWORD},
            )
        return password


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to where their work is."""
    if not request.user.is_authenticated:
        return redirect("sign-in")
    if access.is_agent(request.user):
        return redirect("agents:desk")
    if access.may_supervise(request.user):
        return redirect("supervisors:floor")
    return redirect("admin:index" if request.user.is_staff else "password")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for username and password; five wrong ones lead to a pause (django-axes)."""
    if request.user.is_authenticated:
        return redirect("home")
    if request.method != "POST":
        return _show_sign_in(request, SignInForm(initial={"username": _name_in_host(request)}))
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _show_sign_in(request, form, status=422)
    user = authenticate(request, **form.cleaned_data)
    if user is not None:
        login(request, user)
        return redirect(_safe_next(request) or "home")
    if getattr(request, "axes_locked_out", False):
        # Answered here: the middleware would replace the page by a bare line of text.
        request.axes_locked_out = False  # type: ignore[attr-defined]  # set by django-axes
        form.add_error(None, settings.AXES_COOLOFF_MESSAGE)
        return _show_sign_in(request, form, status=429)
    form.add_error(None, _("That username and password do not match. Try again."))
    return _show_sign_in(request, form, status=422)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; an agent goes off duty. In mid-call the sentence says what to do first."""
    if access.is_agent(request.user):
        agent = access.agent_of(request.user)
        try:
            presence.go_off_duty(agent=agent)
        except NotAllowed as refusal:
            return render(
                request, "refused.html", {"sentence": str(refusal)}, status=refusal.status
            )
    logout(request)
    return redirect("sign-in")


@never_cache
@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Let people change their own password; the present session stays."""
    user = request.user
    assert isinstance(user, User)
    if request.method != "POST":
        return render(request, "password.html", {"form": ChangePasswordForm(user)})
    form = ChangePasswordForm(user, data=request.POST)
    if not form.is_valid():
        return render(request, "password.html", {"form": form}, status=422)
    form.save()
    update_session_auth_hash(request, user)
    return render(request, "password.html", {"changed": True})


def _show_sign_in(request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponse:
    # The cursor stands where something is still to be written.
    focus = "password" if form["username"].value() and not form["username"].errors else "username"
    form.fields[focus].widget.attrs["autofocus"] = True
    context = {"form": form, "demo": settings.DEMO, "next": _safe_next(request)}
    return render(request, "sign_in.html", context, status=status)


def _name_in_host(request: HttpRequest) -> str:
    """In the demo every role has its own address: alice.localhost is Alice's."""
    host = request.get_host().partition(":")[0]
    name, _dot, domain = host.partition(".")
    return name if settings.DEMO and domain == "localhost" else ""


def _safe_next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else ""
