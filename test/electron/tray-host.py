"""A tray for tests: owns org.kde.StatusNotifierWatcher with a host on the session bus, and does what lines of JSON on stdin ask.

{"do": "menu"}                      prints {"menu": the newest item's com.canonical.dbusmenu tree}
{"do": "item"}                      prints {"item": its title, tooltip, status, a hash of its icon}
{"do": "click", "path": ["Model in use", "a/b"]}   clicks a menu line, prints {"clicked": true or false}
Prints {"watching": true} first. Needs python3-dbus and python3-gi.
"""
import hashlib
import json
import sys
import time

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

WATCHER = 'org.kde.StatusNotifierWatcher'
ITEM = 'org.kde.StatusNotifierItem'
MENU = 'com.canonical.dbusmenu'
PROPERTIES = 'org.freedesktop.DBus.Properties'
DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
loop = GLib.MainLoop()


class Watcher(dbus.service.Object):
    def __init__(self):
        super().__init__(dbus.service.BusName(WATCHER, bus), '/StatusNotifierWatcher')
        self.items = []

    @dbus.service.method(WATCHER, in_signature='s', sender_keyword='sender')
    def RegisterStatusNotifierItem(self, service, sender=None):
        path = service if service.startswith('/') else '/StatusNotifierItem'
        self.items.append((sender if service.startswith('/') else service, path))
        self.StatusNotifierItemRegistered(self.items[-1][0] + path)

    @dbus.service.method(WATCHER, in_signature='s')
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.signal(WATCHER, signature='s')
    def StatusNotifierItemRegistered(self, item):
        pass

    @dbus.service.method(PROPERTIES, in_signature='ss', out_signature='v')
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature='s', out_signature='a{sv}')
    def GetAll(self, interface):
        names = dbus.Array([name + path for name, path in self.items], signature='s')
        return {
            'IsStatusNotifierHostRegistered': True,
            'ProtocolVersion': dbus.Int32(0),
            'RegisteredStatusNotifierItems': names,
        }


watcher = Watcher()


def newest():
    name, path = watcher.items[-1]
    item = bus.get_object(name, path, introspect=False)
    return name, item.GetAll(ITEM, dbus_interface=PROPERTIES)


def menu():
    name, properties = newest()
    return bus.get_object(name, properties['Menu'], introspect=False)


def tree(node):
    number, properties, children = node
    return {
        'id': int(number),
        'label': str(properties.get('label', '')),
        'type': str(properties.get('type', 'standard')),
        'enabled': bool(properties.get('enabled', True)),
        'checked': int(properties.get('toggle-state', -1)) == 1,
        'children': [tree(child) for child in children],
    }


def layout():
    return tree(menu().GetLayout(0, -1, dbus.Array([], signature='s'), dbus_interface=MENU)[1])


def item():
    _, properties = newest()
    pixels = hashlib.sha256(repr(properties.get('IconPixmap')).encode()).hexdigest()[:16]
    tooltip = properties.get('ToolTip')
    return {
        'title': str(properties.get('Title', '')),
        'status': str(properties.get('Status', '')),
        'tooltip': str(tooltip[2]) if tooltip else '',
        'icon': pixels,
    }


def click(path, tries=20):
    node = layout()
    for label in path:
        node = next((child for child in node['children'] if child['label'] == label), None)
        if node is None:
            return False
    event = (dbus.Int32(node['id']), 'clicked', dbus.String('', variant_level=1), dbus.UInt32(0))
    try:
        menu().Event(*event, dbus_interface=MENU)
    except dbus.DBusException as error:
        # The menu was made anew after it was looked at: its lines have other numbers now, and none was clicked.
        if tries == 1 or error.get_dbus_name() != 'org.freedesktop.DBus.Error.Failed':
            raise
        time.sleep(0.05)
        return click(path, tries - 1)
    return True


def present(look):
    """What is looked at; None where it is not there, or not yet."""
    try:
        return look() if watcher.items else None
    except dbus.DBusException as error:
        print(error, file=sys.stderr, flush=True)
        return None


def answer(asked):
    if asked['do'] == 'menu':
        return {'menu': present(layout)}
    if asked['do'] == 'item':
        return {'item': present(item)}
    return {'clicked': click(asked['path'])}


def on_line(source, _condition):
    line = source.readline()
    if not line:
        loop.quit()
        return False
    try:
        said = answer(json.loads(line))
    except Exception as error:  # The test is told, whatever it is.
        said = {'error': str(error)}
    print(json.dumps(said), flush=True)
    return True


GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, on_line)
print(json.dumps({'watching': True}), flush=True)
loop.run()
