"""
What the inspectdb command makes of keys and foreign keys of several columns.
"""

import keyword


def get_field_names(command, table_description, relations):
    """
    Return a dictionary of the names of the model fields for columns, as the
    inspectdb command is going to name them.
    """
    names = {}
    for row in table_description:
        name, _, _ = command.normalize_col_name(
            row.name, list(names.values()), row.name in relations
        )
        names[row.name] = name
    return names


def get_key_members(command, key_columns, table_description, relations):
    """
    Return the names of the model fields for the columns of a composite primary
    key.
    """
    names = get_field_names(command, table_description, relations)
    return [names[column] for column in key_columns]


def remove_attname(column, attname):
    return column.removesuffix(f"_{attname}")


def remove_common_words(column, attname):
    """
    Return the name of the column without the words at its end that it has in
    common with `attname`, e.g. "ship_to" for ship_to_no and customer_no.
    """
    words, others = column.split("_"), attname.split("_")
    while words and others and words[-1] == others[-1]:
        words.pop()
        others.pop()
    return "_".join(words)


class InspectedRelation:
    """
    A foreign key of several columns.

    field_names
        Names of the fields for the table's columns, by these.
    target_names, target_attnames
        Names and attnames of the fields referred to.
    """

    def __init__(self, columns, to_table, to_columns):
        self.columns = list(columns)
        self.to_table = to_table
        self.to_columns = list(to_columns)

    def set_target(self, command, introspection, cursor):
        description = introspection.get_table_description(cursor, self.to_table)
        relations = introspection.get_relations(cursor, self.to_table)
        names = get_field_names(command, description, relations)
        self.target_names = [names[column] for column in self.to_columns]
        self.target_attnames = [
            f"{names[column]}_id" if column in relations else names[column]
            for column in self.to_columns
        ]
        key = introspection.get_primary_key_columns(cursor, self.to_table)
        self.refers_to_key = key == self.to_columns

    def get_prefix(self, columns, remove_suffix=remove_attname):
        """
        Return what `columns`, those of the relation that are its own, have before
        the attname of what they refer to, as in <prefix>_<attname>.
        """
        prefixes = {
            remove_suffix(column, attname)
            for column, attname in zip(self.columns, self.target_attnames)
            if column in columns
        }
        if len(prefixes) == 1:
            (prefix,) = prefixes
            if prefix not in columns and is_field_name(prefix):
                return prefix


class InspectedRelations:
    """The foreign keys of several columns of a table."""

    def __init__(self, command, introspection, cursor, table_name, relations):
        self.command = command
        self.table_name = table_name
        self.relations = [
            InspectedRelation(columns, to_table, to_columns)
            for columns, (to_columns, to_table) in relations.items()
            if isinstance(columns, tuple)
        ]
        for relation in self.relations:
            relation.set_target(command, introspection, cursor)
        # Names of relations by the columns that these create for themselves.
        self.created = {}
        # Columns that are foreign keys, too, and those of the primary key.
        self.shared = {name for name in relations if isinstance(name, str)}
        self.key = set()
        if self.relations:
            self.key.update(
                introspection.get_primary_key_columns(cursor, table_name) or ()
            )

    def find_created_columns(self, table_description, unique_columns, field_names):
        """
        Find the relations whose columns are just those a ForeignKey would create
        without any further arguments. Update the names of the fields for these.
        """
        nulls = {row.name: row.null_ok for row in table_description}
        for relation in self.relations:
            taken = self.shared.union(
                self.key,
                unique_columns,
                *(other.columns for other in self.relations if other is not relation),
            )
            name = relation.get_prefix(relation.columns)
            if (
                relation.refers_to_key
                and name is not None
                and name not in nulls
                and name not in self.created.values()
                and len({nulls[column] for column in relation.columns}) == 1
                and taken.isdisjoint(relation.columns)
            ):
                self.created.update(dict.fromkeys(relation.columns, name))
                field_names.update({column: column for column in relation.columns})
        return self.created

    def get_lines(
        self, known_models, used_relations, table_description, constraints, field_names
    ):
        """
        Return the lines of the model for the relations. Remove the unique
        constraints from `constraints` that a OneToOneField stands for.
        """
        *_, model_name = known_models
        nulls = {row.name: row.null_ok for row in table_description}
        used_names = list(field_names.values())
        lines = []
        for relation in self.relations:
            params = {}
            if name := self.created.get(relation.columns[0]):
                used_names.append(name)
            else:
                name = self.get_name(relation, used_names)
                params["from_fields"] = [field_names[name] for name in relation.columns]
                if not relation.refers_to_key:
                    params["to_fields"] = relation.target_names
            target = (
                "self"
                if relation.to_table == self.table_name
                else self.command.normalize_table_name(relation.to_table)
            )
            if target in used_relations:
                params["related_name"] = f"{model_name.lower()}_{name}_set"
            used_relations.add(target)
            if any(nulls[column] for column in relation.columns):
                params.update(blank=True, null=True)
            # In any order, there is one row for each related object.
            uniques = [
                constraint
                for constraint, info in constraints.items()
                if (info["unique"] or info["primary_key"])
                and set(info["columns"]) == set(relation.columns)
            ]
            for constraint in uniques:
                if constraints[constraint]["columns"] == relation.columns and not (
                    constraints[constraint]["primary_key"]
                ):
                    del constraints[constraint]
            lines.append(
                "    %s = models.%s(%s, models.DO_NOTHING%s)"
                % (
                    name,
                    "OneToOneField" if uniques else "ForeignKey",
                    target if target in known_models else repr(target),
                    "".join(f", {key}={value!r}" for key, value in params.items()),
                )
            )
        return lines

    def get_name(self, relation, used_names):
        """Return a name for a relation over columns of other fields."""
        own = set(relation.columns) - self.shared
        name = (
            relation.get_prefix(own)
            or relation.get_prefix(own - self.key)
            or relation.get_prefix(own - self.key, remove_common_words)
            or self.command.normalize_table_name(relation.to_table).lower()
        )
        taken = list(used_names)
        if relation.to_table == self.table_name:
            # The name of the reverse side.
            taken.append(self.command.normalize_table_name(self.table_name).lower())
        name, _, _ = self.command.normalize_col_name(name, taken, False)
        used_names.append(name)
        return name


def is_field_name(name):
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and "__" not in name
        and name == name.lower().strip("_")
    )
