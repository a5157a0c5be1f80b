"""What a kubelet does with a runtime: real pods over CRI v1, with a kubelet's labels, cgroup paths and
limits, without Kubernetes. Messages by hand: python3-grpcio is a package, the generated classes are not."""
import os
import uuid

import grpc

NODE = 2            # NamespaceMode: the host's network, so that no CNI plugin is wanted

# The fields that are used, in the order of their numbers in api.proto; - is one that is not.
FIELDS = {name: words.split() for name, words in {
    'PodSandboxMetadata': 'name uid namespace attempt',
    'PodSandboxConfig': 'metadata hostname log_directory dns port_mappings labels annotations linux',
    'LinuxPodSandboxConfig': 'cgroup_parent security_context',
    'SecurityContext': '- - namespace_options',             # of a container
    'SandboxSecurityContext': 'namespace_options',
    'NamespaceOption': 'network pid ipc',
    'RunPodSandboxRequest': 'config',
    'RunPodSandboxResponse': 'pod_sandbox_id',
    'PodSandboxRequest': 'pod_sandbox_id',                  # Stop and Remove
    'ContainerMetadata': 'name attempt',
    'ImageSpec': 'image',
    'Mount': 'container_path host_path readonly',
    'Resources': '- - cpu_shares memory_limit_in_bytes oom_score_adj',
    'LinuxContainerConfig': 'resources security_context',
    'ContainerConfig': 'metadata image command args working_dir envs mounts devices labels annotations '
                       'log_path - - - linux',
    'CreateContainerRequest': 'pod_sandbox_id config sandbox_config',
    'CreateContainerResponse': 'container_id',
    'ContainerRequest': 'container_id number',              # Start, Remove; Stop: its timeout; Status: verbose
    'ListContainersResponse': 'containers',
    'Container': 'id pod_sandbox_id metadata image image_ref state created_at labels annotations',
    'ListPodSandboxResponse': 'items',
    'PodSandbox': 'id metadata state created_at labels annotations',
    'ContainerStatsResponse': 'stats',
    'ContainerStats': 'attributes cpu memory',
    'MemoryUsage': 'timestamp working_set_bytes',
    'UInt64Value': 'value',
    'ContainerStatusResponse': 'status info',
    'ContainerStatus': 'id metadata state created_at started_at finished_at exit_code image image_ref reason',
    'ImageStatusRequest': 'image',
    'ImageStatusResponse': 'image',
    'StringPair': 'key value',
}.items()}


def varint(number):
    out = b''
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def encode(message, **values):
    """Values are numbers, text, encoded messages, dicts (maps of text) or lists of any of these."""
    out = b''
    for number, name in enumerate(FIELDS[message], 1):
        value = values.get(name)
        for item in value if isinstance(value, list) else [] if value is None else [value]:
            if isinstance(item, int):
                out += varint(number << 3) + varint(item & (1 << 64) - 1)
                continue
            pairs = [encode('StringPair', key=k, value=v) for k, v in item.items()] \
                if isinstance(item, dict) else [item.encode() if isinstance(item, str) else item]
            for data in pairs:
                out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def decode(message, data):
    """The fields by name, each a list of numbers and bytes; those without a name are left out."""
    at, values = 0, {}
    names = FIELDS[message]

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        tag = number()
        field, kind = tag >> 3, tag & 7
        if kind == 0:
            value = number()
        else:
            size = number() if kind == 2 else 8 if kind == 1 else 4
            value = data[at:at + size]
            at += size
        if field <= len(names) and names[field - 1] != '-':
            values.setdefault(names[field - 1], []).append(value)
    return values


def text(values, name):
    return values.get(name, [b''])[0].decode()


def pairs(values, name):
    return {text(pair, 'key'): text(pair, 'value')
            for pair in (decode('StringPair', data) for data in values.get(name, []))}


class Pod:
    """As the kubelet sees one. `qos` as in cgroup paths: '' is guaranteed."""

    def __init__(self, cri, namespace, name, qos, labels=()):
        self.cri, self.namespace, self.name, self.qos = cri, namespace, name, qos
        self.uid = str(uuid.uuid4())
        self.labels = {'io.kubernetes.pod.name': name, 'io.kubernetes.pod.namespace': namespace,
                       'io.kubernetes.pod.uid': self.uid, **dict(labels)}
        self.logs = f'{cri.logs}/{namespace}_{name}_{self.uid}'
        self.config = encode(
            'PodSandboxConfig', log_directory=self.logs, labels=self.labels,
            metadata=encode('PodSandboxMetadata', name=name, uid=self.uid, namespace=namespace, attempt=0),
            annotations={'kubernetes.io/config.source': 'api'},
            linux=encode('LinuxPodSandboxConfig', cgroup_parent=self.cgroup_parent(),
                         security_context=encode('SandboxSecurityContext', namespace_options=self.network())))
        self.id = text(cri.call('RunPodSandbox', encode('RunPodSandboxRequest', config=self.config),
                                'RunPodSandboxResponse'), 'pod_sandbox_id')

    def cgroup_parent(self):
        kind = self.qos + '-' if self.qos else ''
        if self.cri.systemd:
            return f'kubepods-{kind}pod{self.uid.replace("-", "_")}.slice'
        return f'{self.cri.root}/kubepods/{self.qos + "/" if self.qos else ""}pod{self.uid}'

    def cgroup(self):
        """The pod's group, below the mount of the memory controller."""
        if not self.cri.systemd:
            return self.cgroup_parent()
        kind = f'/kubepods-{self.qos}.slice' if self.qos else ''
        return f'/kubepods.slice{kind}/{self.cgroup_parent()}'

    @staticmethod
    def network():
        return encode('NamespaceOption', network=NODE)

    def start(self, name, command, limit=0, attempt=0, image='', mounts=(), oom_score_adj=900):
        """A container; attempt > 0 is the container again after so many restarts. Returns its id."""
        os.makedirs(f'{self.logs}/{name}', exist_ok=True)
        resources = encode('Resources', cpu_shares=102, memory_limit_in_bytes=limit or None,
                           oom_score_adj=oom_score_adj)
        config = encode(
            'ContainerConfig', metadata=encode('ContainerMetadata', name=name, attempt=attempt),
            image=encode('ImageSpec', image=image or self.cri.image), command=command,
            mounts=[encode('Mount', container_path=inside, host_path=outside) for outside, inside in mounts],
            labels={**self.labels, 'io.kubernetes.container.name': name},
            annotations={'io.kubernetes.container.restartCount': str(attempt),
                         'io.kubernetes.container.hash': 'deadbeef',
                         'io.kubernetes.pod.terminationGracePeriod': '30'},
            log_path=f'{name}/{attempt}.log',
            linux=encode('LinuxContainerConfig', resources=resources,
                         security_context=encode('SecurityContext', namespace_options=self.network())))
        request = encode('CreateContainerRequest', pod_sandbox_id=self.id, config=config, sandbox_config=self.config)
        made = text(self.cri.call('CreateContainer', request, 'CreateContainerResponse'), 'container_id')
        os.symlink(f'{self.logs}/{name}/{attempt}.log',
                   f'{self.cri.links}/{self.name}_{self.namespace}_{name}-{made}.log')
        self.cri.call('StartContainer', encode('ContainerRequest', container_id=made))
        return made

    def remove(self):
        """The pod and its containers; the pod's group is the kubelet's to remove."""
        request = encode('PodSandboxRequest', pod_sandbox_id=self.id)
        self.cri.call('StopPodSandbox', request)
        self.cri.call('RemovePodSandbox', request)
        self.cri.remove_group(self)


class Cri:
    """`root` is the group above kubepods; with `systemd` there is none: slices are from the top."""
    logs, links = '/var/log/pods', '/var/log/containers'

    def __init__(self, socket, image, root='', systemd=False):
        self.channel = grpc.insecure_channel('unix://' + socket)
        self.image, self.root, self.systemd = image, root, systemd

    def call(self, method, request, response='', service='RuntimeService'):
        send = self.channel.unary_unary(f'/runtime.v1.{service}/{method}', request_serializer=bytes,
                                        response_deserializer=bytes)
        answer = send(request, timeout=60)
        return decode(response, answer) if response else answer

    def has_image(self, name):
        request = encode('ImageStatusRequest', image=encode('ImageSpec', image=name))
        return 'image' in self.call('ImageStatus', request, 'ImageStatusResponse', 'ImageService')

    def containers(self):
        """By id: what the runtime says of them."""
        found = {}
        for data in self.call('ListContainers', b'', 'ListContainersResponse').get('containers', []):
            row = decode('Container', data)
            metadata = decode('ContainerMetadata', row['metadata'][0])
            found[text(row, 'id')] = {
                'sandbox': text(row, 'pod_sandbox_id'), 'name': text(metadata, 'name'),
                'attempt': metadata.get('attempt', [0])[0], 'state': row.get('state', [0])[0],
                'image': text(decode('ImageSpec', row['image'][0]), 'image'), 'labels': pairs(row, 'labels'),
                'annotations': pairs(row, 'annotations')}
        return found

    def pods(self):
        found = {}
        for data in self.call('ListPodSandbox', b'', 'ListPodSandboxResponse').get('items', []):
            row = decode('PodSandbox', data)
            metadata = decode('PodSandboxMetadata', row['metadata'][0])
            found[text(row, 'id')] = {'state': row.get('state', [0])[0], 'labels': pairs(row, 'labels'),
                                      **{key: text(metadata, key) for key in ('name', 'uid', 'namespace')}}
        return found

    def working_set(self, container):
        """The bytes that a kubelet would show."""
        answer = self.call('ContainerStats', encode('ContainerRequest', container_id=container),
                           'ContainerStatsResponse')
        memory = decode('ContainerStats', answer['stats'][0])['memory'][0]
        value = decode('MemoryUsage', memory)['working_set_bytes'][0]
        return decode('UInt64Value', value).get('value', [0])[0]

    def status(self, container):
        """Its state's reason, and its exit code."""
        answer = self.call('ContainerStatus', encode('ContainerRequest', container_id=container),
                           'ContainerStatusResponse')
        row = decode('ContainerStatus', answer['status'][0])
        return text(row, 'reason'), row.get('exit_code', [0])[0]

    def stop(self, container):
        self.call('StopContainer', encode('ContainerRequest', container_id=container, number=2))

    def remove(self, container):
        self.call('RemoveContainer', encode('ContainerRequest', container_id=container))

    def close(self):
        self.channel.close()
