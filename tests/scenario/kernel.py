"""What the kernel itself says, read here a second time and independently of memwhy."""
import os
import re

MIB = 1 << 20
PAGE = os.sysconf('SC_PAGESIZE')
CPUS = os.sysconf('SC_NPROCESSORS_ONLN')

# Each CPU keeps up to 64 pages charged in advance (MEMCG_CHARGE_BATCH), and a group's statistics
# may be behind by as much.
STOCK = 64 * PAGE * CPUS

# memory.stat's keys by memwhy's names; v1 counts a group with its descendants in total_*
STAT = {
    1: {'anon': 'total_rss', 'file': 'total_cache', 'shmem': 'total_shmem', 'anon_thp': 'total_rss_huge',
        'file_mapped': 'total_mapped_file', 'file_dirty': 'total_dirty',
        'file_writeback': 'total_writeback', 'swap': 'total_swap',
        'active_anon': 'total_active_anon', 'inactive_anon': 'total_inactive_anon',
        'active_file': 'total_active_file', 'inactive_file': 'total_inactive_file',
        'unevictable': 'total_unevictable'},
    2: {'anon': 'anon', 'file': 'file', 'shmem': 'shmem', 'anon_thp': 'anon_thp',
        'file_mapped': 'file_mapped', 'file_dirty': 'file_dirty', 'file_writeback': 'file_writeback',
        'active_anon': 'active_anon', 'inactive_anon': 'inactive_anon',
        'active_file': 'active_file', 'inactive_file': 'inactive_file', 'unevictable': 'unevictable',
        'kernel': 'kernel', 'kernel_stack': 'kernel_stack', 'page_tables': 'pagetables',
        'percpu': 'percpu', 'sock': 'sock', 'slab': 'slab', 'slab_reclaimable': 'slab_reclaimable',
        'slab_unreclaimable': 'slab_unreclaimable'},
}
FILES = {
    1: {'usage': 'memory.usage_in_bytes', 'peak': 'memory.max_usage_in_bytes',
        'limit': 'memory.limit_in_bytes', 'kernel': 'memory.kmem.usage_in_bytes',
        'memsw_usage': 'memory.memsw.usage_in_bytes'},
    2: {'usage': 'memory.current', 'peak': 'memory.peak', 'limit': 'memory.max',
        'swap': 'memory.swap.current', 'swap_limit': 'memory.swap.max', 'high': 'memory.high',
        'low': 'memory.low', 'min': 'memory.min'},
}


def text(path):
    with open(path, encoding='utf-8', errors='surrogateescape') as file:
        return file.read()


def keyed(path):
    """Lines of "key number" or "key: number kB", as bytes where there is a unit."""
    values = {}
    for line in text(path).splitlines():
        found = re.match(r'([^\s:]+):?\s+(\d+)( kB)?$', line)
        if found:
            values[found[1]] = int(found[2]) * (1024 if found[3] else 1)
    return values


def meminfo():
    return keyed('/proc/meminfo')


def smaps_rollup(pid):
    return keyed(f'/proc/{pid}/smaps_rollup')


def status(pid):
    return keyed(f'/proc/{pid}/status')


def pids():
    return {int(name) for name in os.listdir('/proc') if name.isdigit()}


def hierarchy():
    """Where the memory controller is: (mount point, 1 or 2), or (None, 0)."""
    for line in text('/proc/self/mountinfo').splitlines():
        before, after = line.split(' - ')
        kind, _, options = after.split(' ', 2)
        mount = before.split(' ')[4]
        if kind == 'cgroup' and 'memory' in options.split(','):
            return mount, 1
        if kind == 'cgroup2' and 'memory' in text(mount + '/cgroup.controllers').split():
            return mount, 2
    return None, 0


def multigenerational():
    """MGLRU sorts pages by generation: what was read twice need not be on the active list."""
    try:
        return int(text('/sys/kernel/mm/lru_gen/enabled'), 16) & 1 == 1
    except OSError:
        return False


def group_counters(folder, version):
    """A group's numbers by memwhy's names, None = no limit. What this kernel lacks is left out."""
    stat = keyed(folder + '/memory.stat')
    values = {ours: stat[theirs] for ours, theirs in STAT[version].items() if theirs in stat}
    for ours, name in FILES[version].items():
        try:
            word = text(f'{folder}/{name}').strip()
        except FileNotFoundError:
            continue
        values[ours] = None if word == 'max' or int(word) > 1 << 62 else int(word)
    return values
