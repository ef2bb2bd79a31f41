"""``python -m akidb_worker``: the streams are taken and the subreaper is split off before any package is let in."""

from akidb_worker.standard_streams import take_standard_streams

if __name__ == "__main__":
    frames_in, frames_out = take_standard_streams()

    import sys

    from akidb_worker.memory import be_ended_before_the_host
    from akidb_worker.parent import Host
    from akidb_worker.subreaper import fork_worker

    parent = fork_worker((frames_in, frames_out), Host.named_in(sys.argv, frames_in))
    be_ended_before_the_host()

    from akidb_worker.site_packages import enter_site

    enter_site()

    from akidb_worker.process import run

    run(frames_in, frames_out, parent)
