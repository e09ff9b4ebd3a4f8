"""Work that begins at once, and is a task only when it has to wait."""

import asyncio

import pytest

from realtime.eager import begun


async def test_work_that_waits_for_nothing_is_done_at_once_and_leaves_no_task() -> None:
    done = []

    async def work() -> None:
        done.append("whole")

    tasks = asyncio.all_tasks()
    assert begun(work()) is None
    assert done == ["whole"]
    assert asyncio.all_tasks() == tasks


async def test_work_that_waits_goes_on_when_it_need_not_any_more() -> None:
    gate: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    done = []

    async def work() -> None:
        done.append(await gate)
        await asyncio.sleep(0)
        done.append("whole")

    rest = begun(work())
    assert rest is not None
    assert done == []
    gate.set_result("came")
    await rest
    assert done == ["came", "whole"]


async def test_work_that_waits_can_be_cancelled_and_tidies_up() -> None:
    done = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            done.append("tidied")

    rest = begun(work())
    assert rest is not None
    await asyncio.sleep(0)
    rest.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rest
    assert done == ["tidied"]


async def test_what_goes_wrong_is_raised_to_whoever_began_it_or_waits_for_the_rest() -> None:
    async def at_once() -> None:
        raise ValueError("at once")

    async def later() -> None:
        await asyncio.sleep(0)
        raise ValueError("later")

    with pytest.raises(ValueError, match="at once"):
        begun(at_once())
    rest = begun(later())
    assert rest is not None
    with pytest.raises(ValueError, match="later"):
        await rest
