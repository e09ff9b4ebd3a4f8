"""The addresses under which an admin sets an organisation up; each section has its part."""

from django.urls import path

from supervisors.views.setting_up import (
    breaks,
    calling_out,
    contacts,
    desks,
    hours,
    index,
    needs,
    queues,
    routing,
    skills,
)

app_name = "set-up"

urlpatterns = [
    path("", index.index, name="index"),
    # queues
    path("queues/", queues.queues, name="queues"),
    path("queues/new/", queues.new, name="queues-new"),
    path("queues/<int:queue_id>/", queues.queue, name="queues-queue"),
    path("queues/<int:queue_id>/members/", queues.members, name="queues-members"),
    path("queues/<int:queue_id>/members/add/", queues.add_members, name="queues-members-add"),
    path(
        "queues/<int:queue_id>/members/remove/",
        queues.remove_members,
        name="queues-members-remove",
    ),
    path("queues/<int:queue_id>/music/", queues.music, name="queues-music"),
    path("queues/<int:queue_id>/music/remove/", queues.remove_music, name="queues-music-remove"),
    path("queues/<int:queue_id>/remove/", queues.remove, name="queues-remove"),
    # opening hours
    path("hours/", hours.calendars, name="hours"),
    path("hours/new/", hours.new, name="hours-new"),
    path("hours/week/", hours.week, name="hours-week"),
    path("hours/holidays/", hours.holidays, name="hours-holidays"),
    path("hours/<int:calendar_id>/", hours.calendar, name="hours-calendar"),
    path("hours/<int:calendar_id>/at/", hours.at, name="hours-at"),
    path("hours/<int:calendar_id>/queues/", hours.let_follow, name="hours-queues"),
    path("hours/<int:calendar_id>/close/", hours.close_now, name="hours-close"),
    path("hours/<int:calendar_id>/reopen/", hours.reopen, name="hours-reopen"),
    path("hours/<int:calendar_id>/remove/", hours.remove, name="hours-remove"),
    path("hours/<int:calendar_id>/exceptions/", hours.add_exception, name="hours-exception-add"),
    path(
        "hours/<int:calendar_id>/exceptions/<int:exception_id>/remove/",
        hours.remove_exception,
        name="hours-exception-remove",
    ),
    # skills
    path("skills/", skills.skills, name="skills"),
    path("skills/new/", skills.new, name="skills-new"),
    path("skills/<int:skill_id>/", skills.skill, name="skills-skill"),
    path("skills/<int:skill_id>/agents/", skills.give_levels, name="skills-levels"),
    path("skills/<int:skill_id>/remove/", skills.remove, name="skills-remove"),
    # routing
    path("routing/", routing.routing, name="routing"),
    path("routing/<int:queue_id>/", routing.queue, name="routing-queue"),
    path("routing/<int:queue_id>/needs/", routing.add_need, name="routing-need-add"),
    path(
        "routing/<int:queue_id>/needs/<int:skill_id>/remove/",
        routing.remove_need,
        name="routing-need-remove",
    ),
    path("routing/<int:queue_id>/steps/", routing.add_step, name="routing-step-add"),
    path(
        "routing/<int:queue_id>/steps/<int:step_id>/remove/",
        routing.remove_step,
        name="routing-step-remove",
    ),
    path("routing/<int:queue_id>/members/", routing.place_members, name="routing-members"),
    # what desks show and ask
    path("desks/", desks.desks, name="desks"),
    path("desks/every/", desks.desk, name="desks-every"),
    path("desks/every/outcomes/", desks.outcomes, name="desks-every-outcomes"),
    path("desks/every/fields/", desks.fields, name="desks-every-fields"),
    path("desks/<int:queue_id>/", desks.desk, name="desks-desk"),
    path("desks/<int:queue_id>/outcomes/", desks.outcomes, name="desks-outcomes"),
    path("desks/<int:queue_id>/fields/", desks.fields, name="desks-fields"),
    path("desks/<int:queue_id>/beside/", desks.beside, name="desks-beside"),
    # contacts in files
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/try/", contacts.try_file, name="contacts-try"),
    path("contacts/import/", contacts.import_file, name="contacts-import"),
    path("contacts/export/", contacts.export, name="contacts-export"),
    # how long breaks last
    path("breaks/", breaks.breaks, name="breaks"),
    # calls that agents make
    path("calling-out/", calling_out.calling_out, name="calling-out"),
    # what calls need
    path("needs/", needs.needs, name="needs"),
    path("needs/<str:of>/", needs.add, name="needs-add"),
    path("needs/<str:of>/<int:need_id>/remove/", needs.remove, name="needs-remove"),
]
